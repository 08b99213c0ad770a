-- The tables that `--db sqlite:FILE` makes where they are missing.
--
-- To join with the inspector's tables, attach the file under the name of their schema:
-- ATTACH 'FILE' AS exr_metadata_2

CREATE TABLE IF NOT EXISTS proxy_outputs (
    proxy_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    s3_key TEXT NOT NULL,
    s3_bucket TEXT NOT NULL,
    asset_id TEXT NOT NULL,
    thumbnail_s3_key TEXT NOT NULL,
    proxy_s3_key TEXT NOT NULL,
    thumbnail_size_bytes INTEGER NOT NULL,
    proxy_size_bytes INTEGER NOT NULL,
    source_size_bytes INTEGER NOT NULL,
    source_colorspace TEXT NOT NULL,
    thumb_colorspace TEXT NOT NULL,
    proxy_colorspace TEXT NOT NULL,
    thumb_resolution TEXT NOT NULL,
    proxy_resolution TEXT NOT NULL,
    processing_time_seconds REAL NOT NULL,
    generated_timestamp TEXT NOT NULL,
    generator_version TEXT NOT NULL,
    PRIMARY KEY (proxy_id)
);

CREATE INDEX IF NOT EXISTS proxy_outputs_file_id ON proxy_outputs (file_id);

CREATE TABLE IF NOT EXISTS proxy_renditions (
    proxy_id TEXT NOT NULL,
    file_id TEXT NOT NULL,
    name TEXT NOT NULL,
    s3_key TEXT NOT NULL,
    uri TEXT NOT NULL,
    media_type TEXT NOT NULL,
    content_type TEXT NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    colorspace TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    recipe TEXT NOT NULL,
    de2000_mean REAL,
    de2000_p99 REAL,
    de2000_max REAL,
    color_bias REAL,
    color_tags TEXT,
    frame_range TEXT,
    fps TEXT,
    missing TEXT,
    color_transform TEXT,
    PRIMARY KEY (proxy_id, name)
);

CREATE INDEX IF NOT EXISTS proxy_renditions_file_id ON proxy_renditions (file_id);
