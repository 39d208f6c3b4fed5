"""TransNetV2 on a CUDA device: windows of many videos in one batch."""
