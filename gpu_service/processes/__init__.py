"""One run in several processes: each is a whole pipeline, and the one that started them deals the videos.

Python's lock lets one interpreter feed only so much of a GPU's decoders (`make bench
CASES=nvdec-pipeline`). Nothing is shared but database, object store and GPU, as among several commands.
"""
