-- A store in PostgreSQL as the first version that knew PostgreSQL has written it, ended by a crash; its deliveries
-- are those of firstStore.sql. Made by pg_dump.
CREATE SCHEMA postback;
CREATE TABLE postback.attempts (
    delivery_no bigint NOT NULL,
    number bigint NOT NULL,
    started_at bigint NOT NULL,
    duration_ms bigint NOT NULL,
    status_code bigint,
    error_code text COLLATE pg_catalog."C",
    message text COLLATE pg_catalog."C",
    verdict text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE postback.audit_events (
    id text NOT NULL COLLATE pg_catalog."C",
    property_id text COLLATE pg_catalog."C",
    type_of text NOT NULL COLLATE pg_catalog."C",
    created_at text NOT NULL COLLATE pg_catalog."C",
    updated_at text NOT NULL COLLATE pg_catalog."C",
    document text NOT NULL COLLATE pg_catalog."C",
    stored_at bigint NOT NULL
);
CREATE TABLE postback.callback_changes (
    no bigint NOT NULL,
    at bigint NOT NULL,
    change text NOT NULL COLLATE pg_catalog."C",
    callback_id text NOT NULL COLLATE pg_catalog."C",
    property_id text NOT NULL COLLATE pg_catalog."C",
    event_id text NOT NULL COLLATE pg_catalog."C",
    author text COLLATE pg_catalog."C",
    callback text NOT NULL COLLATE pg_catalog."C"
);
CREATE SEQUENCE postback.callback_changes_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE postback.callback_changes_no_seq OWNED BY postback.callback_changes.no;
CREATE TABLE postback.callback_properties (
    id text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    created_at text NOT NULL COLLATE pg_catalog."C",
    updated_at text NOT NULL COLLATE pg_catalog."C",
    disable_after_ms bigint,
    disable_on_gone bigint DEFAULT 0 NOT NULL
);
CREATE TABLE postback.callback_readers (
    reader text NOT NULL COLLATE pg_catalog."C",
    "position" bigint NOT NULL,
    base_url text COLLATE pg_catalog."C"
);
CREATE TABLE postback.callback_registrations (
    scope text NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL COLLATE pg_catalog."C",
    service text COLLATE pg_catalog."C",
    property_id text COLLATE pg_catalog."C",
    callback_id text COLLATE pg_catalog."C",
    secret text COLLATE pg_catalog."C",
    updated_at bigint NOT NULL
);
CREATE TABLE postback.callback_subscriptions (
    subscription text NOT NULL COLLATE pg_catalog."C",
    property_id text NOT NULL COLLATE pg_catalog."C",
    callback_id text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE postback.callback_tombstones (
    id text NOT NULL COLLATE pg_catalog."C",
    deleted_at bigint NOT NULL
);
CREATE TABLE postback.callbacks (
    id text NOT NULL COLLATE pg_catalog."C",
    property_id text NOT NULL COLLATE pg_catalog."C",
    url text NOT NULL COLLATE pg_catalog."C",
    subscriptions text NOT NULL COLLATE pg_catalog."C",
    condition text COLLATE pg_catalog."C",
    created_at text NOT NULL COLLATE pg_catalog."C",
    updated_at text NOT NULL COLLATE pg_catalog."C",
    secret text COLLATE pg_catalog."C",
    previous_secret text COLLATE pg_catalog."C",
    previous_until bigint,
    failing_since bigint,
    disabled_at text COLLATE pg_catalog."C",
    disabled_reason text COLLATE pg_catalog."C"
);
CREATE TABLE postback.deduplication (
    scope text NOT NULL COLLATE pg_catalog."C",
    key text NOT NULL COLLATE pg_catalog."C",
    delivery_id text COLLATE pg_catalog."C",
    expires_at bigint NOT NULL
);
CREATE TABLE postback.deliveries (
    no bigint NOT NULL,
    id text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    source_type text COLLATE pg_catalog."C",
    source_id text COLLATE pg_catalog."C",
    subject text COLLATE pg_catalog."C",
    event_id text COLLATE pg_catalog."C",
    queue text COLLATE pg_catalog."C",
    consumer text NOT NULL COLLATE pg_catalog."C",
    line text COLLATE pg_catalog."C",
    endpoint text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    reason text COLLATE pg_catalog."C",
    attempt bigint DEFAULT 0 NOT NULL,
    step bigint DEFAULT 0 NOT NULL,
    claims bigint DEFAULT 0 NOT NULL,
    due_at bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_attempt_at bigint,
    settled_at bigint,
    lease text COLLATE pg_catalog."C",
    lease_place bigint,
    order_key text COLLATE pg_catalog."C",
    supersede bigint DEFAULT 0 NOT NULL,
    kept bigint DEFAULT 0 NOT NULL,
    test bigint DEFAULT 0 NOT NULL,
    reported bigint DEFAULT 0 NOT NULL,
    workflow_id text COLLATE pg_catalog."C",
    execution_id text COLLATE pg_catalog."C",
    response text COLLATE pg_catalog."C",
    error text COLLATE pg_catalog."C"
);
CREATE SEQUENCE postback.deliveries_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE postback.deliveries_no_seq OWNED BY postback.deliveries.no;
CREATE TABLE postback.endpoints (
    queue text NOT NULL COLLATE pg_catalog."C",
    endpoint text NOT NULL COLLATE pg_catalog."C",
    paused_until bigint DEFAULT 0 NOT NULL,
    probe_window bigint,
    pauses bigint DEFAULT 0 NOT NULL,
    reason text COLLATE pg_catalog."C",
    noted_at bigint NOT NULL
);
CREATE TABLE postback.kysely_migration (
    name character varying(255) NOT NULL,
    "timestamp" character varying(255) NOT NULL
);
CREATE TABLE postback.kysely_migration_lock (
    id character varying(255) NOT NULL,
    is_locked bigint DEFAULT 0 NOT NULL
);
CREATE TABLE postback.lanes (
    line text NOT NULL COLLATE pg_catalog."C",
    endpoint text NOT NULL COLLATE pg_catalog."C",
    next_due_at bigint,
    ready_at bigint,
    claimed_at bigint DEFAULT 0 NOT NULL
);
CREATE TABLE postback.leases (
    id text NOT NULL COLLATE pg_catalog."C",
    consumer text NOT NULL COLLATE pg_catalog."C",
    kind text NOT NULL COLLATE pg_catalog."C",
    boot text NOT NULL COLLATE pg_catalog."C",
    until bigint NOT NULL,
    started_place bigint DEFAULT 0 NOT NULL,
    workflow_id text COLLATE pg_catalog."C",
    execution_id text COLLATE pg_catalog."C"
);
CREATE TABLE postback.meta (
    key text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL
);
CREATE TABLE postback.postback_states (
    scope text NOT NULL COLLATE pg_catalog."C",
    postback_id text NOT NULL COLLATE pg_catalog."C",
    active bigint NOT NULL
);
CREATE TABLE postback.postback_visitors (
    scope text NOT NULL COLLATE pg_catalog."C",
    postback_id text NOT NULL COLLATE pg_catalog."C",
    visitor text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE postback.profile_audiences (
    destination text NOT NULL COLLATE pg_catalog."C",
    namespace text NOT NULL COLLATE pg_catalog."C",
    audience text NOT NULL COLLATE pg_catalog."C",
    name text COLLATE pg_catalog."C",
    created_at bigint,
    updated_at bigint,
    mapping_created_at bigint NOT NULL,
    mapping_updated_at bigint NOT NULL,
    revision bigint NOT NULL,
    backfilled bigint NOT NULL
);
CREATE TABLE postback.profile_backfills (
    id text NOT NULL COLLATE pg_catalog."C",
    destination text NOT NULL COLLATE pg_catalog."C",
    audiences text NOT NULL COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    cursor text COLLATE pg_catalog."C",
    total bigint NOT NULL,
    looked_at bigint DEFAULT 0 NOT NULL,
    exported bigint DEFAULT 0 NOT NULL,
    without_snapshot bigint DEFAULT 0 NOT NULL,
    started_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    settings text NOT NULL COLLATE pg_catalog."C"
);
CREATE TABLE postback.profile_destinations (
    destination text NOT NULL COLLATE pg_catalog."C",
    name text COLLATE pg_catalog."C",
    settings text COLLATE pg_catalog."C",
    revision bigint DEFAULT 0 NOT NULL,
    profiles bigint DEFAULT 0 NOT NULL,
    owed_marks text COLLATE pg_catalog."C"
);
CREATE TABLE postback.profile_states (
    destination text NOT NULL COLLATE pg_catalog."C",
    profile_key text NOT NULL COLLATE pg_catalog."C",
    identity text NOT NULL COLLATE pg_catalog."C",
    delivery_id text COLLATE pg_catalog."C",
    delivery_place bigint,
    order_key text COLLATE pg_catalog."C",
    exported_revision bigint NOT NULL,
    owed text COLLATE pg_catalog."C",
    updated_at bigint NOT NULL,
    state text NOT NULL COLLATE pg_catalog."C",
    snapshot text COLLATE pg_catalog."C"
);
CREATE TABLE postback.push_consents (
    profile_key text NOT NULL COLLATE pg_catalog."C",
    app_id text NOT NULL COLLATE pg_catalog."C",
    consent text NOT NULL COLLATE pg_catalog."C",
    updated_at bigint NOT NULL
);
CREATE TABLE postback.push_counts (
    period bigint NOT NULL,
    message_id text NOT NULL COLLATE pg_catalog."C",
    app_id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    targeted bigint DEFAULT 0 NOT NULL,
    waiting bigint DEFAULT 0 NOT NULL,
    sent bigint DEFAULT 0 NOT NULL,
    bounced bigint DEFAULT 0 NOT NULL,
    excluded bigint DEFAULT 0 NOT NULL,
    errors bigint DEFAULT 0 NOT NULL,
    delivered bigint DEFAULT 0 NOT NULL,
    opened bigint DEFAULT 0 NOT NULL,
    clicked bigint DEFAULT 0 NOT NULL,
    dismissed bigint DEFAULT 0 NOT NULL
);
CREATE TABLE postback.push_devices (
    id text NOT NULL COLLATE pg_catalog."C",
    app_id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    token text NOT NULL COLLATE pg_catalog."C",
    namespace text NOT NULL COLLATE pg_catalog."C",
    identity text NOT NULL COLLATE pg_catalog."C",
    profile_key text NOT NULL COLLATE pg_catalog."C",
    registered_at bigint NOT NULL,
    denylisted_at bigint,
    denylisted_reason text COLLATE pg_catalog."C",
    updated_at bigint NOT NULL
);
CREATE TABLE postback.push_feedback (
    delivery_id text NOT NULL COLLATE pg_catalog."C",
    message_id text NOT NULL COLLATE pg_catalog."C",
    app_id text NOT NULL COLLATE pg_catalog."C",
    platform text NOT NULL COLLATE pg_catalog."C",
    device_id text COLLATE pg_catalog."C",
    profile_key text COLLATE pg_catalog."C",
    namespace text COLLATE pg_catalog."C",
    identity text COLLATE pg_catalog."C",
    status text NOT NULL COLLATE pg_catalog."C",
    code text COLLATE pg_catalog."C",
    reason text COLLATE pg_catalog."C",
    failure_type text COLLATE pg_catalog."C",
    retry_count bigint DEFAULT 0 NOT NULL,
    first_attempt_at bigint,
    requested_at bigint,
    response_code bigint,
    response_ms bigint,
    provider_message_id text COLLATE pg_catalog."C",
    delivered_at bigint,
    opened_at bigint,
    created_at bigint NOT NULL
);
CREATE TABLE postback.push_interactions (
    id text NOT NULL COLLATE pg_catalog."C",
    event_type text NOT NULL COLLATE pg_catalog."C",
    at bigint NOT NULL,
    message_id text COLLATE pg_catalog."C",
    delivery_id text COLLATE pg_catalog."C",
    profile_key text COLLATE pg_catalog."C",
    event text NOT NULL COLLATE pg_catalog."C",
    stored_at bigint NOT NULL
);
CREATE TABLE postback.push_messages (
    id text NOT NULL COLLATE pg_catalog."C",
    configuration text NOT NULL COLLATE pg_catalog."C",
    name text NOT NULL COLLATE pg_catalog."C",
    first_sent_at bigint NOT NULL,
    last_sent_at bigint NOT NULL
);
CREATE TABLE postback.queue_members (
    queue text NOT NULL COLLATE pg_catalog."C",
    role text NOT NULL COLLATE pg_catalog."C",
    workflow_id text NOT NULL COLLATE pg_catalog."C",
    node_id text NOT NULL COLLATE pg_catalog."C",
    node_name text NOT NULL COLLATE pg_catalog."C",
    boot text NOT NULL COLLATE pg_catalog."C",
    seen_at bigint NOT NULL
);
CREATE TABLE postback.queues (
    queue text NOT NULL COLLATE pg_catalog."C",
    workflow_id text NOT NULL COLLATE pg_catalog."C",
    paused_until bigint DEFAULT 0 NOT NULL,
    pauses bigint DEFAULT 0 NOT NULL,
    reason text COLLATE pg_catalog."C",
    refusals bigint DEFAULT 0 NOT NULL
);
CREATE TABLE postback.requests (
    delivery_no bigint NOT NULL,
    request text NOT NULL COLLATE pg_catalog."C"
);
ALTER TABLE ONLY postback.callback_changes ALTER COLUMN no SET DEFAULT nextval('postback.callback_changes_no_seq'::regclass);
ALTER TABLE ONLY postback.deliveries ALTER COLUMN no SET DEFAULT nextval('postback.deliveries_no_seq'::regclass);
INSERT INTO postback.attempts VALUES
	(11, 1, 1795330049581, 12, 410, NULL, NULL, 'dead'),
	(12, 1, 1795330049581, 12, 410, NULL, NULL, 'dead'),
	(13, 1, 1795330049581, 12, 410, NULL, NULL, 'dead'),
	(14, 1, 1795330049581, 12, 410, NULL, NULL, 'dead'),
	(15, 1, 1795330049581, 12, 410, NULL, NULL, 'dead'),
	(16, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying'),
	(17, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying'),
	(18, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying'),
	(19, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying'),
	(20, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying'),
	(21, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying'),
	(22, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying'),
	(23, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying'),
	(24, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying'),
	(25, 1, 1795330049581, 12, 503, NULL, NULL, 'retrying');
INSERT INTO postback.deduplication VALUES
	('wf/node', 'key-0', 'msg_01936b2a-7c00-7000-8000-000000000000', 1796539649519),
	('wf/node', 'key-1', 'msg_01936b2a-7c00-7000-8000-000000000001', 1796539649519),
	('wf/node', 'key-10', 'msg_01936b2a-7c00-7000-8000-000000000010', 1796539649519),
	('wf/node', 'key-11', 'msg_01936b2a-7c00-7000-8000-000000000011', 1796539649519),
	('wf/node', 'key-12', 'msg_01936b2a-7c00-7000-8000-000000000012', 1796539649519),
	('wf/node', 'key-13', 'msg_01936b2a-7c00-7000-8000-000000000013', 1796539649519),
	('wf/node', 'key-14', 'msg_01936b2a-7c00-7000-8000-000000000014', 1796539649519),
	('wf/node', 'key-15', 'msg_01936b2a-7c00-7000-8000-000000000015', 1796539649519),
	('wf/node', 'key-16', 'msg_01936b2a-7c00-7000-8000-000000000016', 1796539649519),
	('wf/node', 'key-17', 'msg_01936b2a-7c00-7000-8000-000000000017', 1796539649519),
	('wf/node', 'key-18', 'msg_01936b2a-7c00-7000-8000-000000000018', 1796539649519),
	('wf/node', 'key-19', 'msg_01936b2a-7c00-7000-8000-000000000019', 1796539649519),
	('wf/node', 'key-2', 'msg_01936b2a-7c00-7000-8000-000000000002', 1796539649519),
	('wf/node', 'key-20', 'msg_01936b2a-7c00-7000-8000-000000000020', 1796539649519),
	('wf/node', 'key-21', 'msg_01936b2a-7c00-7000-8000-000000000021', 1796539649519),
	('wf/node', 'key-22', 'msg_01936b2a-7c00-7000-8000-000000000022', 1796539649519),
	('wf/node', 'key-23', 'msg_01936b2a-7c00-7000-8000-000000000023', 1796539649519),
	('wf/node', 'key-24', 'msg_01936b2a-7c00-7000-8000-000000000024', 1796539649519),
	('wf/node', 'key-3', 'msg_01936b2a-7c00-7000-8000-000000000003', 1796539649519),
	('wf/node', 'key-4', 'msg_01936b2a-7c00-7000-8000-000000000004', 1796539649519),
	('wf/node', 'key-5', 'msg_01936b2a-7c00-7000-8000-000000000005', 1796539649519),
	('wf/node', 'key-6', 'msg_01936b2a-7c00-7000-8000-000000000006', 1796539649519),
	('wf/node', 'key-7', 'msg_01936b2a-7c00-7000-8000-000000000007', 1796539649519),
	('wf/node', 'key-8', 'msg_01936b2a-7c00-7000-8000-000000000008', 1796539649519),
	('wf/node', 'key-9', 'msg_01936b2a-7c00-7000-8000-000000000009', 1796539649519),
	('wf/node', 'key-25', 'msg_01936b2a-7c00-7000-8000-000000000025', 1796539649594),
	('wf/node', 'key-26', 'msg_01936b2a-7c00-7000-8000-000000000026', 1796539649594),
	('wf/node', 'key-27', 'msg_01936b2a-7c00-7000-8000-000000000027', 1796539649594),
	('wf/node', 'key-28', 'msg_01936b2a-7c00-7000-8000-000000000028', 1796539649594),
	('wf/node', 'key-29', 'msg_01936b2a-7c00-7000-8000-000000000029', 1796539649594),
	('wf/node', 'key-30', 'msg_01936b2a-7c00-7000-8000-000000000030', 1796539649594),
	('wf/node', 'key-31', 'msg_01936b2a-7c00-7000-8000-000000000031', 1796539649594),
	('wf/node', 'key-32', 'msg_01936b2a-7c00-7000-8000-000000000032', 1796539649594),
	('wf/node', 'key-33', 'msg_01936b2a-7c00-7000-8000-000000000033', 1796539649594),
	('wf/node', 'key-34', 'msg_01936b2a-7c00-7000-8000-000000000034', 1796539649594),
	('wf/node', 'key-35', 'msg_01936b2a-7c00-7000-8000-000000000035', 1796539649594),
	('wf/node', 'key-36', 'msg_01936b2a-7c00-7000-8000-000000000036', 1796539649594),
	('wf/node', 'key-37', 'msg_01936b2a-7c00-7000-8000-000000000037', 1796539649594),
	('wf/node', 'key-38', 'msg_01936b2a-7c00-7000-8000-000000000038', 1796539649594),
	('wf/node', 'key-39', 'msg_01936b2a-7c00-7000-8000-000000000039', 1796539649594),
	('wf/node', 'key-40', 'msg_01936b2a-7c00-7000-8000-000000000040', 1796539649644),
	('wf/node', 'key-41', 'msg_01936b2a-7c00-7000-8000-000000000041', 1796539649644),
	('wf/node', 'key-42', 'msg_01936b2a-7c00-7000-8000-000000000042', 1796539649644),
	('wf/node', 'key-43', 'msg_01936b2a-7c00-7000-8000-000000000043', 1796539649644),
	('wf/node', 'key-44', 'msg_01936b2a-7c00-7000-8000-000000000044', 1796539649644),
	('wf/node', 'key-45', 'msg_01936b2a-7c00-7000-8000-000000000045', 1796539649644),
	('wf/node', 'key-46', 'msg_01936b2a-7c00-7000-8000-000000000046', 1796539649644),
	('wf/node', 'key-47', 'msg_01936b2a-7c00-7000-8000-000000000047', 1796539649644),
	('wf/node', 'key-48', 'msg_01936b2a-7c00-7000-8000-000000000048', 1796539649644),
	('wf/node', 'key-49', 'msg_01936b2a-7c00-7000-8000-000000000049', 1796539649644),
	('wf/node', 'key-50', 'msg_01936b2a-7c00-7000-8000-000000000050', 1796539649644),
	('wf/node', 'key-51', 'msg_01936b2a-7c00-7000-8000-000000000051', 1796539649644),
	('wf/node', 'key-52', 'msg_01936b2a-7c00-7000-8000-000000000052', 1796539649644),
	('wf/node', 'key-53', 'msg_01936b2a-7c00-7000-8000-000000000053', 1796539649644),
	('wf/node', 'key-54', 'msg_01936b2a-7c00-7000-8000-000000000054', 1796539649644),
	('wf/node', 'key-55', 'msg_01936b2a-7c00-7000-8000-000000000055', 1796539649644),
	('wf/node', 'key-56', 'msg_01936b2a-7c00-7000-8000-000000000056', 1796539649644),
	('wf/node', 'key-57', 'msg_01936b2a-7c00-7000-8000-000000000057', 1796539649644),
	('wf/node', 'key-58', 'msg_01936b2a-7c00-7000-8000-000000000058', 1796539649644),
	('wf/node', 'key-59', 'msg_01936b2a-7c00-7000-8000-000000000059', 1796539649644);
INSERT INTO postback.deliveries VALUES
	(1, 'msg_01936b2a-7c00-7000-8000-000000000000', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(2, 'msg_01936b2a-7c00-7000-8000-000000000001', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(3, 'msg_01936b2a-7c00-7000-8000-000000000002', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(4, 'msg_01936b2a-7c00-7000-8000-000000000003', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(5, 'msg_01936b2a-7c00-7000-8000-000000000004', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(6, 'msg_01936b2a-7c00-7000-8000-000000000005', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(7, 'msg_01936b2a-7c00-7000-8000-000000000006', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(8, 'msg_01936b2a-7c00-7000-8000-000000000007', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(9, 'msg_01936b2a-7c00-7000-8000-000000000008', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(10, 'msg_01936b2a-7c00-7000-8000-000000000009', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'delivered', NULL, 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":200,"durationMs":12}', NULL),
	(11, 'msg_01936b2a-7c00-7000-8000-000000000010', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'dead', 'HTTP 410', 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 1, NULL, NULL, '{"statusCode":410,"durationMs":12}', NULL),
	(12, 'msg_01936b2a-7c00-7000-8000-000000000011', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'dead', 'HTTP 410', 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 1, NULL, NULL, '{"statusCode":410,"durationMs":12}', NULL),
	(13, 'msg_01936b2a-7c00-7000-8000-000000000012', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'dead', 'HTTP 410', 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 1, NULL, NULL, '{"statusCode":410,"durationMs":12}', NULL),
	(14, 'msg_01936b2a-7c00-7000-8000-000000000013', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'dead', 'HTTP 410', 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 1, NULL, NULL, '{"statusCode":410,"durationMs":12}', NULL),
	(15, 'msg_01936b2a-7c00-7000-8000-000000000014', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'dead', 'HTTP 410', 1, 0, 0, 1795330049520, 1795330049520, 1797922049569, 1795330049581, 1795330049581, NULL, NULL, NULL, 0, 0, 0, 1, NULL, NULL, '{"statusCode":410,"durationMs":12}', NULL),
	(16, 'msg_01936b2a-7c00-7000-8000-000000000015', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(17, 'msg_01936b2a-7c00-7000-8000-000000000016', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(18, 'msg_01936b2a-7c00-7000-8000-000000000017', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(19, 'msg_01936b2a-7c00-7000-8000-000000000018', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(20, 'msg_01936b2a-7c00-7000-8000-000000000019', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(21, 'msg_01936b2a-7c00-7000-8000-000000000020', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(22, 'msg_01936b2a-7c00-7000-8000-000000000021', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(23, 'msg_01936b2a-7c00-7000-8000-000000000022', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(24, 'msg_01936b2a-7c00-7000-8000-000000000023', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(25, 'msg_01936b2a-7c00-7000-8000-000000000024', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'retrying', 'HTTP 503', 1, 1, 0, 1795330050581, 1795330049520, 1797922049569, 1795330049581, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, '{"statusCode":503,"durationMs":12}', NULL),
	(26, 'msg_01936b2a-7c00-7000-8000-000000000025', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 1, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(27, 'msg_01936b2a-7c00-7000-8000-000000000026', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 2, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(28, 'msg_01936b2a-7c00-7000-8000-000000000027', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 3, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(29, 'msg_01936b2a-7c00-7000-8000-000000000028', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 4, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(30, 'msg_01936b2a-7c00-7000-8000-000000000029', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 5, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(31, 'msg_01936b2a-7c00-7000-8000-000000000030', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 6, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(32, 'msg_01936b2a-7c00-7000-8000-000000000031', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 7, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(33, 'msg_01936b2a-7c00-7000-8000-000000000032', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 8, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(34, 'msg_01936b2a-7c00-7000-8000-000000000033', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 9, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(35, 'msg_01936b2a-7c00-7000-8000-000000000034', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, 1797922049633, NULL, NULL, 'sender-2', 10, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(36, 'msg_01936b2a-7c00-7000-8000-000000000035', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, NULL, NULL, NULL, 'cf299f0f-02c3-4e2f-b87a-abafe95e6de8', NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(37, 'msg_01936b2a-7c00-7000-8000-000000000036', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, NULL, NULL, NULL, 'cf299f0f-02c3-4e2f-b87a-abafe95e6de8', NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(38, 'msg_01936b2a-7c00-7000-8000-000000000037', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, NULL, NULL, NULL, 'cf299f0f-02c3-4e2f-b87a-abafe95e6de8', NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(39, 'msg_01936b2a-7c00-7000-8000-000000000038', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, NULL, NULL, NULL, 'cf299f0f-02c3-4e2f-b87a-abafe95e6de8', NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(40, 'msg_01936b2a-7c00-7000-8000-000000000039', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 1, 1795330049594, 1795330049594, NULL, NULL, NULL, 'cf299f0f-02c3-4e2f-b87a-abafe95e6de8', NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(45, 'msg_01936b2a-7c00-7000-8000-000000000044', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(46, 'msg_01936b2a-7c00-7000-8000-000000000045', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(42, 'msg_01936b2a-7c00-7000-8000-000000000041', 'postback', 'upgrade', 'postback', 'upgrade', 'bob', NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, 'upgrade bob', 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(43, 'msg_01936b2a-7c00-7000-8000-000000000042', 'postback', 'upgrade', 'postback', 'upgrade', 'bob', NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, 'upgrade bob', 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(44, 'msg_01936b2a-7c00-7000-8000-000000000043', 'postback', 'upgrade', 'postback', 'upgrade', 'bob', NULL, 'upgrade', 'queue:upgrade', NULL, 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, 'upgrade bob', 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(41, 'msg_01936b2a-7c00-7000-8000-000000000040', 'postback', 'upgrade', 'postback', 'upgrade', 'bob', NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, 'upgrade bob', 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(47, 'msg_01936b2a-7c00-7000-8000-000000000046', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(48, 'msg_01936b2a-7c00-7000-8000-000000000047', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(49, 'msg_01936b2a-7c00-7000-8000-000000000048', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(50, 'msg_01936b2a-7c00-7000-8000-000000000049', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(51, 'msg_01936b2a-7c00-7000-8000-000000000050', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(52, 'msg_01936b2a-7c00-7000-8000-000000000051', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(53, 'msg_01936b2a-7c00-7000-8000-000000000052', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(54, 'msg_01936b2a-7c00-7000-8000-000000000053', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(55, 'msg_01936b2a-7c00-7000-8000-000000000054', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(56, 'msg_01936b2a-7c00-7000-8000-000000000055', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(57, 'msg_01936b2a-7c00-7000-8000-000000000056', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(58, 'msg_01936b2a-7c00-7000-8000-000000000057', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(59, 'msg_01936b2a-7c00-7000-8000-000000000058', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL),
	(60, 'msg_01936b2a-7c00-7000-8000-000000000059', 'postback', 'upgrade', 'postback', 'upgrade', NULL, NULL, 'upgrade', 'queue:upgrade', 'queue:upgrade', 'http://127.0.0.1:65432', 'pending', NULL, 0, 0, 0, 1795330049644, 1795330049644, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0, 0, NULL, NULL, NULL, NULL);
INSERT INTO postback.kysely_migration VALUES
	('0001-deliveries', '2026-11-22T06:47:29.041Z'),
	('0002-postbacks', '2026-11-22T06:47:29.074Z'),
	('0003-profiles', '2026-11-22T06:47:29.146Z'),
	('0004-callbacks', '2026-11-22T06:47:29.249Z'),
	('0005-push', '2026-11-22T06:47:29.385Z'),
	('0006-callback-registrations', '2026-11-22T06:47:29.397Z'),
	('0007-early-stores', '2026-11-22T06:47:29.398Z');
INSERT INTO postback.kysely_migration_lock VALUES
	('migration_lock', 0);
INSERT INTO postback.lanes VALUES
	('queue:upgrade', 'http://127.0.0.1:65432', 1795330049644, 1795330049644, 1795330049637);
INSERT INTO postback.leases VALUES
	('cca34e26-24f8-45e1-b81b-a5d2dc00e159', 'queue:upgrade', 'emitted', 'ca8aa265-45b7-483b-a764-c2a18f0b0954', 1795330109545, 0, NULL, NULL),
	('sender-1', 'queue:upgrade', 'sending', 'ca8aa265-45b7-483b-a764-c2a18f0b0954', 1795330109565, 25, NULL, NULL),
	('28f05adf-aec4-4710-8d6f-195bc1b3cd89', 'queue:upgrade', 'emitted', 'ca8aa265-45b7-483b-a764-c2a18f0b0954', 1795330109624, 0, NULL, NULL),
	('sender-2', 'queue:upgrade', 'sending', 'ca8aa265-45b7-483b-a764-c2a18f0b0954', 1795330109632, 5, NULL, NULL),
	('cf299f0f-02c3-4e2f-b87a-abafe95e6de8', 'queue:upgrade', 'emitted', 'ca8aa265-45b7-483b-a764-c2a18f0b0954', 1795330109637, 0, NULL, NULL);
INSERT INTO postback.meta VALUES
	('clock', '1795330049424'),
	('dead_letters_announced', '[{"at":1795330049566,"until":1793429249566}]');
INSERT INTO postback.requests VALUES
	(1, '{"method":"GET","url":"http://127.0.0.1:65432/?n=0","headers":{},"timeoutMs":2000}'),
	(2, '{"method":"GET","url":"http://127.0.0.1:65432/?n=1","headers":{},"timeoutMs":2000}'),
	(3, '{"method":"GET","url":"http://127.0.0.1:65432/?n=2","headers":{},"timeoutMs":2000}'),
	(4, '{"method":"GET","url":"http://127.0.0.1:65432/?n=3","headers":{},"timeoutMs":2000}'),
	(5, '{"method":"GET","url":"http://127.0.0.1:65432/?n=4","headers":{},"timeoutMs":2000}'),
	(6, '{"method":"GET","url":"http://127.0.0.1:65432/?n=5","headers":{},"timeoutMs":2000}'),
	(7, '{"method":"GET","url":"http://127.0.0.1:65432/?n=6","headers":{},"timeoutMs":2000}'),
	(8, '{"method":"GET","url":"http://127.0.0.1:65432/?n=7","headers":{},"timeoutMs":2000}'),
	(9, '{"method":"GET","url":"http://127.0.0.1:65432/?n=8","headers":{},"timeoutMs":2000}'),
	(10, '{"method":"GET","url":"http://127.0.0.1:65432/?n=9","headers":{},"timeoutMs":2000}'),
	(11, '{"method":"GET","url":"http://127.0.0.1:65432/?n=10","headers":{},"timeoutMs":2000}'),
	(12, '{"method":"GET","url":"http://127.0.0.1:65432/?n=11","headers":{},"timeoutMs":2000}'),
	(13, '{"method":"GET","url":"http://127.0.0.1:65432/?n=12","headers":{},"timeoutMs":2000}'),
	(14, '{"method":"GET","url":"http://127.0.0.1:65432/?n=13","headers":{},"timeoutMs":2000}'),
	(15, '{"method":"GET","url":"http://127.0.0.1:65432/?n=14","headers":{},"timeoutMs":2000}'),
	(16, '{"method":"GET","url":"http://127.0.0.1:65432/?n=15","headers":{},"timeoutMs":2000}'),
	(17, '{"method":"GET","url":"http://127.0.0.1:65432/?n=16","headers":{},"timeoutMs":2000}'),
	(18, '{"method":"GET","url":"http://127.0.0.1:65432/?n=17","headers":{},"timeoutMs":2000}'),
	(19, '{"method":"GET","url":"http://127.0.0.1:65432/?n=18","headers":{},"timeoutMs":2000}'),
	(20, '{"method":"GET","url":"http://127.0.0.1:65432/?n=19","headers":{},"timeoutMs":2000}'),
	(21, '{"method":"GET","url":"http://127.0.0.1:65432/?n=20","headers":{},"timeoutMs":2000}'),
	(22, '{"method":"GET","url":"http://127.0.0.1:65432/?n=21","headers":{},"timeoutMs":2000}'),
	(23, '{"method":"GET","url":"http://127.0.0.1:65432/?n=22","headers":{},"timeoutMs":2000}'),
	(24, '{"method":"GET","url":"http://127.0.0.1:65432/?n=23","headers":{},"timeoutMs":2000}'),
	(25, '{"method":"GET","url":"http://127.0.0.1:65432/?n=24","headers":{},"timeoutMs":2000}'),
	(26, '{"method":"GET","url":"http://127.0.0.1:65432/?n=25","headers":{},"timeoutMs":2000}'),
	(27, '{"method":"GET","url":"http://127.0.0.1:65432/?n=26","headers":{},"timeoutMs":2000}'),
	(28, '{"method":"GET","url":"http://127.0.0.1:65432/?n=27","headers":{},"timeoutMs":2000}'),
	(29, '{"method":"GET","url":"http://127.0.0.1:65432/?n=28","headers":{},"timeoutMs":2000}'),
	(30, '{"method":"GET","url":"http://127.0.0.1:65432/?n=29","headers":{},"timeoutMs":2000}'),
	(31, '{"method":"GET","url":"http://127.0.0.1:65432/?n=30","headers":{},"timeoutMs":2000}'),
	(32, '{"method":"GET","url":"http://127.0.0.1:65432/?n=31","headers":{},"timeoutMs":2000}'),
	(33, '{"method":"GET","url":"http://127.0.0.1:65432/?n=32","headers":{},"timeoutMs":2000}'),
	(34, '{"method":"GET","url":"http://127.0.0.1:65432/?n=33","headers":{},"timeoutMs":2000}'),
	(35, '{"method":"GET","url":"http://127.0.0.1:65432/?n=34","headers":{},"timeoutMs":2000}'),
	(36, '{"method":"GET","url":"http://127.0.0.1:65432/?n=35","headers":{},"timeoutMs":2000}'),
	(37, '{"method":"GET","url":"http://127.0.0.1:65432/?n=36","headers":{},"timeoutMs":2000}'),
	(38, '{"method":"GET","url":"http://127.0.0.1:65432/?n=37","headers":{},"timeoutMs":2000}'),
	(39, '{"method":"GET","url":"http://127.0.0.1:65432/?n=38","headers":{},"timeoutMs":2000}'),
	(40, '{"method":"GET","url":"http://127.0.0.1:65432/?n=39","headers":{},"timeoutMs":2000}'),
	(41, '{"method":"GET","url":"http://127.0.0.1:65432/?n=40","headers":{},"timeoutMs":2000}'),
	(42, '{"method":"GET","url":"http://127.0.0.1:65432/?n=41","headers":{},"timeoutMs":2000}'),
	(43, '{"method":"GET","url":"http://127.0.0.1:65432/?n=42","headers":{},"timeoutMs":2000}'),
	(44, '{"method":"GET","url":"http://127.0.0.1:65432/?n=43","headers":{},"timeoutMs":2000}'),
	(45, '{"method":"GET","url":"http://127.0.0.1:65432/?n=44","headers":{},"timeoutMs":2000}'),
	(46, '{"method":"GET","url":"http://127.0.0.1:65432/?n=45","headers":{},"timeoutMs":2000}'),
	(47, '{"method":"GET","url":"http://127.0.0.1:65432/?n=46","headers":{},"timeoutMs":2000}'),
	(48, '{"method":"GET","url":"http://127.0.0.1:65432/?n=47","headers":{},"timeoutMs":2000}'),
	(49, '{"method":"GET","url":"http://127.0.0.1:65432/?n=48","headers":{},"timeoutMs":2000}'),
	(50, '{"method":"GET","url":"http://127.0.0.1:65432/?n=49","headers":{},"timeoutMs":2000}'),
	(51, '{"method":"GET","url":"http://127.0.0.1:65432/?n=50","headers":{},"timeoutMs":2000}'),
	(52, '{"method":"GET","url":"http://127.0.0.1:65432/?n=51","headers":{},"timeoutMs":2000}'),
	(53, '{"method":"GET","url":"http://127.0.0.1:65432/?n=52","headers":{},"timeoutMs":2000}'),
	(54, '{"method":"GET","url":"http://127.0.0.1:65432/?n=53","headers":{},"timeoutMs":2000}'),
	(55, '{"method":"GET","url":"http://127.0.0.1:65432/?n=54","headers":{},"timeoutMs":2000}'),
	(56, '{"method":"GET","url":"http://127.0.0.1:65432/?n=55","headers":{},"timeoutMs":2000}'),
	(57, '{"method":"GET","url":"http://127.0.0.1:65432/?n=56","headers":{},"timeoutMs":2000}'),
	(58, '{"method":"GET","url":"http://127.0.0.1:65432/?n=57","headers":{},"timeoutMs":2000}'),
	(59, '{"method":"GET","url":"http://127.0.0.1:65432/?n=58","headers":{},"timeoutMs":2000}'),
	(60, '{"method":"GET","url":"http://127.0.0.1:65432/?n=59","headers":{},"timeoutMs":2000}');
SELECT pg_catalog.setval('postback.callback_changes_no_seq', 1, false);
SELECT pg_catalog.setval('postback.deliveries_no_seq', 60, true);
ALTER TABLE ONLY postback.attempts
    ADD CONSTRAINT attempts_key PRIMARY KEY (delivery_no, number);
ALTER TABLE ONLY postback.audit_events
    ADD CONSTRAINT audit_events_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.callback_changes
    ADD CONSTRAINT callback_changes_pkey PRIMARY KEY (no);
ALTER TABLE ONLY postback.callback_properties
    ADD CONSTRAINT callback_properties_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.callback_readers
    ADD CONSTRAINT callback_readers_pkey PRIMARY KEY (reader);
ALTER TABLE ONLY postback.callback_registrations
    ADD CONSTRAINT callback_registrations_pkey PRIMARY KEY (scope);
ALTER TABLE ONLY postback.callback_subscriptions
    ADD CONSTRAINT callback_subscriptions_key PRIMARY KEY (subscription, property_id, callback_id);
ALTER TABLE ONLY postback.callback_tombstones
    ADD CONSTRAINT callback_tombstones_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.callbacks
    ADD CONSTRAINT callbacks_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.deduplication
    ADD CONSTRAINT deduplication_key PRIMARY KEY (scope, key);
ALTER TABLE ONLY postback.deliveries
    ADD CONSTRAINT deliveries_id_key UNIQUE (id);
ALTER TABLE ONLY postback.deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (no);
ALTER TABLE ONLY postback.endpoints
    ADD CONSTRAINT endpoints_key PRIMARY KEY (queue, endpoint);
ALTER TABLE ONLY postback.kysely_migration_lock
    ADD CONSTRAINT kysely_migration_lock_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.kysely_migration
    ADD CONSTRAINT kysely_migration_pkey PRIMARY KEY (name);
ALTER TABLE ONLY postback.lanes
    ADD CONSTRAINT lanes_key PRIMARY KEY (line, endpoint);
ALTER TABLE ONLY postback.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.meta
    ADD CONSTRAINT meta_pkey PRIMARY KEY (key);
ALTER TABLE ONLY postback.postback_states
    ADD CONSTRAINT postback_states_key PRIMARY KEY (scope, postback_id);
ALTER TABLE ONLY postback.postback_visitors
    ADD CONSTRAINT postback_visitors_key PRIMARY KEY (scope, postback_id, visitor);
ALTER TABLE ONLY postback.profile_audiences
    ADD CONSTRAINT profile_audiences_key PRIMARY KEY (destination, namespace, audience);
ALTER TABLE ONLY postback.profile_backfills
    ADD CONSTRAINT profile_backfills_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.profile_destinations
    ADD CONSTRAINT profile_destinations_pkey PRIMARY KEY (destination);
ALTER TABLE ONLY postback.profile_states
    ADD CONSTRAINT profile_states_key PRIMARY KEY (destination, profile_key);
ALTER TABLE ONLY postback.push_consents
    ADD CONSTRAINT push_consents_key PRIMARY KEY (profile_key, app_id);
ALTER TABLE ONLY postback.push_counts
    ADD CONSTRAINT push_counts_key PRIMARY KEY (period, message_id, app_id, platform);
ALTER TABLE ONLY postback.push_devices
    ADD CONSTRAINT push_devices_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.push_feedback
    ADD CONSTRAINT push_feedback_pkey PRIMARY KEY (delivery_id);
ALTER TABLE ONLY postback.push_interactions
    ADD CONSTRAINT push_interactions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.push_messages
    ADD CONSTRAINT push_messages_pkey PRIMARY KEY (id);
ALTER TABLE ONLY postback.queue_members
    ADD CONSTRAINT queue_members_key PRIMARY KEY (queue, role);
ALTER TABLE ONLY postback.queues
    ADD CONSTRAINT queues_pkey PRIMARY KEY (queue);
ALTER TABLE ONLY postback.requests
    ADD CONSTRAINT requests_pkey PRIMARY KEY (delivery_no);
CREATE INDEX audit_events_age ON postback.audit_events USING btree (stored_at);
CREATE INDEX audit_events_property ON postback.audit_events USING btree (property_id, created_at, id);
CREATE INDEX callback_changes_age ON postback.callback_changes USING btree (at);
CREATE INDEX callback_subscriptions_callback ON postback.callback_subscriptions USING btree (callback_id);
CREATE INDEX callback_tombstones_age ON postback.callback_tombstones USING btree (deleted_at);
CREATE INDEX callbacks_created ON postback.callbacks USING btree (property_id, created_at, id);
CREATE INDEX callbacks_updated ON postback.callbacks USING btree (property_id, updated_at, id);
CREATE INDEX deduplication_expiry ON postback.deduplication USING btree (expires_at);
CREATE INDEX deliveries_arrived ON postback.deliveries USING btree (order_key, no) WHERE ((order_key IS NOT NULL) AND (status = 'delivered'::text));
CREATE INDEX deliveries_execution ON postback.deliveries USING btree (execution_id) WHERE ((settled_at IS NULL) AND (lease IS NULL) AND (execution_id IS NOT NULL));
CREATE INDEX deliveries_expiry ON postback.deliveries USING btree (expires_at) WHERE ((settled_at IS NULL) AND (lease IS NULL) AND (expires_at IS NOT NULL));
CREATE INDEX deliveries_lease ON postback.deliveries USING btree (lease) WHERE (lease IS NOT NULL);
CREATE INDEX deliveries_line ON postback.deliveries USING btree (line, endpoint, due_at) WHERE (line IS NOT NULL);
CREATE INDEX deliveries_order ON postback.deliveries USING btree (order_key, no) WHERE ((order_key IS NOT NULL) AND (settled_at IS NULL));
CREATE INDEX deliveries_settled ON postback.deliveries USING btree (status, settled_at) WHERE (settled_at IS NOT NULL);
CREATE INDEX deliveries_source ON postback.deliveries USING btree (source_id, status) WHERE ((settled_at IS NULL) AND (lease IS NULL) AND (source_id IS NOT NULL));
CREATE INDEX deliveries_superseding ON postback.deliveries USING btree (order_key, no) WHERE ((order_key IS NOT NULL) AND (settled_at IS NULL) AND (supersede = 1));
CREATE INDEX deliveries_under_way ON postback.deliveries USING btree (order_key) WHERE ((order_key IS NOT NULL) AND (settled_at IS NULL) AND (lease IS NOT NULL));
CREATE INDEX lanes_ready ON postback.lanes USING btree (line, ready_at) WHERE (ready_at IS NOT NULL);
CREATE INDEX leases_until ON postback.leases USING btree (until);
CREATE INDEX profile_backfills_destination ON postback.profile_backfills USING btree (status, destination);
CREATE INDEX profile_states_delivery ON postback.profile_states USING btree (delivery_id) WHERE (delivery_id IS NOT NULL);
CREATE INDEX profile_states_identity ON postback.profile_states USING btree (destination, identity);
CREATE INDEX push_counts_message ON postback.push_counts USING btree (message_id, period);
CREATE INDEX push_devices_identity ON postback.push_devices USING btree (identity, namespace);
CREATE INDEX push_devices_profile ON postback.push_devices USING btree (profile_key);
CREATE INDEX push_feedback_age ON postback.push_feedback USING btree (created_at);
CREATE INDEX push_feedback_open ON postback.push_feedback USING btree (delivery_id) WHERE (status = ANY (ARRAY['pending'::text, 'delay'::text]));
CREATE INDEX push_feedback_profile ON postback.push_feedback USING btree (profile_key) WHERE (profile_key IS NOT NULL);
CREATE INDEX push_feedback_provider ON postback.push_feedback USING btree (provider_message_id) WHERE (provider_message_id IS NOT NULL);
CREATE INDEX push_interactions_age ON postback.push_interactions USING btree (stored_at);
CREATE INDEX push_interactions_delivery ON postback.push_interactions USING btree (delivery_id) WHERE (delivery_id IS NOT NULL);
CREATE INDEX push_interactions_profile ON postback.push_interactions USING btree (profile_key) WHERE (profile_key IS NOT NULL);
