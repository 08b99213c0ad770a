-- The tables that `--db postgres://...` makes where they are missing.

CREATE SCHEMA IF NOT EXISTS exr_metadata_2;

CREATE TABLE IF NOT EXISTS exr_metadata_2.proxy_outputs (
    proxy_id text NOT NULL,
    file_id text NOT NULL,
    s3_key text NOT NULL,
    s3_bucket text NOT NULL,
    asset_id text NOT NULL,
    thumbnail_s3_key text NOT NULL,
    proxy_s3_key text NOT NULL,
    thumbnail_size_bytes bigint NOT NULL,
    proxy_size_bytes bigint NOT NULL,
    source_size_bytes bigint NOT NULL,
    source_colorspace text NOT NULL,
    thumb_colorspace text NOT NULL,
    proxy_colorspace text NOT NULL,
    thumb_resolution text NOT NULL,
    proxy_resolution text NOT NULL,
    processing_time_seconds double precision NOT NULL,
    generated_timestamp text NOT NULL,
    generator_version text NOT NULL,
    PRIMARY KEY (proxy_id)
);

CREATE INDEX IF NOT EXISTS proxy_outputs_file_id ON exr_metadata_2.proxy_outputs (file_id);

CREATE TABLE IF NOT EXISTS exr_metadata_2.proxy_renditions (
    proxy_id text NOT NULL,
    file_id text NOT NULL,
    name text NOT NULL,
    s3_key text NOT NULL,
    uri text NOT NULL,
    media_type text NOT NULL,
    content_type text NOT NULL,
    width bigint NOT NULL,
    height bigint NOT NULL,
    size_bytes bigint NOT NULL,
    colorspace text NOT NULL,
    sha256 text NOT NULL,
    recipe text NOT NULL,
    de2000_mean double precision,
    de2000_p99 double precision,
    de2000_max double precision,
    color_bias double precision,
    color_tags text,
    frame_range text,
    fps text,
    missing text,
    color_transform text,
    PRIMARY KEY (proxy_id, name)
);

CREATE INDEX IF NOT EXISTS proxy_renditions_file_id ON exr_metadata_2.proxy_renditions (file_id);
