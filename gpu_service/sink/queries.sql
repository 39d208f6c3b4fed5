-- Statements of the service, each under its name. Unqualified tables are those of the session's
-- search path, which is the configured schema alone.
--
-- session_id is of whatever type the table has: jsonb_populate_record reads a text into it.

-- name: migrated_to
SELECT version_num FROM gpu_service_migration

-- name: video_by_id
SELECT id, session_id::text, COALESCE(s3_bucket, '') AS s3_bucket, COALESCE(s3_key, '') AS s3_key
FROM video
WHERE id = $1::bigint

-- name: video_by_source
SELECT id, session_id::text
FROM video
WHERE s3_key = $2 AND COALESCE(s3_bucket, '') = $1
ORDER BY id
LIMIT 1

-- name: begin
INSERT INTO video AS mine (id, session_id, s3_bucket, s3_key, etag, status, started_at, updated_at)
VALUES (
    $1::bigint,
    (jsonb_populate_record(NULL::video, jsonb_build_object('session_id', $2::text))).session_id,
    $3, $4, '', 'running', now(), now()
)
ON CONFLICT (id) DO UPDATE SET
    session_id = COALESCE(EXCLUDED.session_id, mine.session_id),
    s3_bucket = EXCLUDED.s3_bucket,
    s3_key = EXCLUDED.s3_key,
    status = EXCLUDED.status,
    reason = NULL,
    message = NULL,
    started_at = EXCLUDED.started_at,
    finished_at = NULL,
    updated_at = EXCLUDED.updated_at
WHERE COALESCE(mine.s3_key, '') = ''
    OR (COALESCE(mine.s3_bucket, ''), mine.s3_key) = (EXCLUDED.s3_bucket, EXCLUDED.s3_key)
RETURNING mine.xmax = 0 AS is_new

-- name: advance_sequence
-- An id that came from outside must not be given out again by the table's own sequence.
SELECT setval(own.sequence, $1::bigint)
FROM (SELECT pg_get_serial_sequence('video', 'id')::regclass AS sequence) AS own
WHERE own.sequence IS NOT NULL
    AND has_sequence_privilege(own.sequence, 'UPDATE')
    AND COALESCE(pg_sequence_last_value(own.sequence), 0) < $1::bigint

-- name: note_intents
INSERT INTO object_intent (key, video_id)
SELECT noted.key, $1::bigint FROM unnest($2::text[]) AS noted (key) ORDER BY noted.key
ON CONFLICT (key) DO UPDATE SET video_id = EXCLUDED.video_id, noted_at = now()

-- name: lock_row
SELECT true FROM video WHERE id = $1::bigint FOR UPDATE

-- name: has_no_result
SELECT true FROM video WHERE id = $1::bigint AND COALESCE(fingerprint, '') = '' FOR UPDATE

-- name: intend_replaced_keys
INSERT INTO object_intent (key, video_id)
SELECT DISTINCT s3_thumbnail_key, video_id
FROM event
WHERE video_id = $1::bigint AND made_by = $2
    AND s3_thumbnail_key <> '' AND s3_thumbnail_key <> ALL ($3::text[])
ORDER BY s3_thumbnail_key
ON CONFLICT (key) DO NOTHING

-- name: delete_replaced_events
DELETE FROM event WHERE video_id = $1::bigint AND made_by = $2 AND id <> ALL ($3::bigint[])

-- name: upsert_events
INSERT INTO event AS mine (
    id, video_id, start_time, end_time, event_type, description,
    s3_thumbnail_key, thumbnail_timestamp, has_thumbnail, made_by
)
SELECT new.id, $1::bigint, new.start_time, new.end_time, new.event_type, new.description,
    new.key, new.thumbnail_timestamp, new.key IS NOT NULL, $2
FROM unnest(
    $3::bigint[], $4::float8[], $5::float8[], $6::text[], $7::text[], $8::text[], $9::float8[]
) AS new (id, start_time, end_time, event_type, description, key, thumbnail_timestamp)
ORDER BY new.id
ON CONFLICT (id) DO UPDATE SET
    start_time = EXCLUDED.start_time,
    end_time = EXCLUDED.end_time,
    event_type = EXCLUDED.event_type,
    description = EXCLUDED.description,
    s3_thumbnail_key = EXCLUDED.s3_thumbnail_key,
    thumbnail_timestamp = EXCLUDED.thumbnail_timestamp,
    has_thumbnail = EXCLUDED.has_thumbnail
WHERE mine.video_id = EXCLUDED.video_id AND mine.made_by = EXCLUDED.made_by
RETURNING id

-- name: clear_intents
DELETE FROM object_intent WHERE key = ANY ($1::text[])

-- name: describe_result
UPDATE video SET
    etag = $2,
    duration = $3::float8,
    frames = $4,
    object_size = $5,
    bytes_read = $6,
    device = $7,
    backend = $8,
    model = $9,
    fingerprint = $10,
    settings = $11::text::jsonb,
    updated_at = now()
WHERE id = $1::bigint
RETURNING true

-- name: finish
UPDATE video
SET status = $2, reason = $3, message = $4, finished_at = now(), updated_at = now()
WHERE id = $1::bigint
RETURNING true

-- name: stale_keys
SELECT intent.key
FROM object_intent AS intent
WHERE intent.video_id = $1::bigint
    AND NOT EXISTS (
        SELECT FROM event WHERE event.s3_thumbnail_key COLLATE "C" = intent.key COLLATE "C"
    )
ORDER BY intent.key

-- name: events_of_video
SELECT id, video_id, start_time, end_time, event_type, description,
    s3_thumbnail_key, thumbnail_timestamp, COALESCE(has_thumbnail, false) AS has_thumbnail,
    made_by
FROM event
WHERE video_id = $1::bigint
ORDER BY start_time, id

-- name: events_of_session
SELECT event.id, event.video_id, event.start_time, event.end_time, event.event_type,
    event.description, event.s3_thumbnail_key, event.thumbnail_timestamp, event.has_thumbnail,
    event.made_by
FROM event JOIN video ON video.id = event.video_id
WHERE video.session_id = (
        jsonb_populate_record(NULL::video, jsonb_build_object('session_id', $1::text))
    ).session_id
    AND event.has_thumbnail AND event.s3_thumbnail_key <> ''
    AND (event.made_by IS DISTINCT FROM $2 OR COALESCE(video.fingerprint, '') <> '')
ORDER BY event.video_id, event.start_time, event.id

-- name: videos_of_session
SELECT id
FROM video
WHERE session_id = (
        jsonb_populate_record(NULL::video, jsonb_build_object('session_id', $1::text))
    ).session_id
ORDER BY id

-- name: videos_page
SELECT id, session_id::text, s3_bucket, s3_key, etag, duration::float8, status, reason, message,
    frames, object_size, bytes_read, device, backend, model, fingerprint, settings::text,
    started_at, finished_at
FROM video
WHERE id > $1::bigint
ORDER BY id
LIMIT $2

-- name: video_row
SELECT id, session_id::text, s3_bucket, s3_key, etag, duration::float8, status, reason, message,
    frames, object_size, bytes_read, device, backend, model, fingerprint, settings::text,
    started_at, finished_at
FROM video
WHERE id = $1::bigint

-- name: thumbnail_keys_page
SELECT DISTINCT s3_thumbnail_key COLLATE "C" AS key
FROM event
WHERE s3_thumbnail_key COLLATE "C" > $1
ORDER BY key
LIMIT $2

-- name: holders_of_key
SELECT EXISTS (
        SELECT FROM event WHERE event.s3_thumbnail_key COLLATE "C" = $1::text COLLATE "C"
    ) AS has_row,
    (SELECT video_id FROM object_intent WHERE key = $1::text) AS noted_for

-- name: session_exists
SELECT EXISTS (
    SELECT FROM video WHERE COALESCE(session_id::text, 'video_' || id::text) = $1::text
)

-- name: is_locked
SELECT EXISTS (
    SELECT FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (classid::bigint << 32 | objid::bigint) = $1::bigint
)
