/* The kernel's own tables, as data: every sys_* table with its columns, in order. Column positions
 * are the enum beside each list: STORE_CHANGESET_ID, STORE_CHANGESET_SEQ ...
 *
 * X(ENUM, column, type, not null). Versioned by store/migrate.c: append columns, never reorder. */
#ifndef STORE_SYS_TABLES_H
#define STORE_SYS_TABLES_H

#include "store/store.h"

/* table(ENUM, "name", key columns, columns list) */
#define SYS_META_COLUMNS(X) X(KEY, "key", TEXT, 1) X(VALUE, "value", TEXT, 0)
#define SYS_ENTITY_COLUMNS(X)                                                                      \
    X(ID, "id", INT, 1)                                                                            \
    X(NAME, "name", TEXT, 1)                                                                       \
    X(OWNER, "owner", TEXT, 1)                                                                     \
    X(TABLE, "table_name", TEXT, 1)                                                                \
    X(STATE, "state", INT, 1)                                                                      \
    X(NEXT_FIELD, "next_field", INT, 1) X(DEFINITION, "definition", TEXT, 0)
#define SYS_FIELD_COLUMNS(X)                                                                       \
    X(ENTITY, "entity", INT, 1)                                                                    \
    X(ID, "id", INT, 1)                                                                            \
    X(NAME, "name", TEXT, 1)                                                                       \
    X(TYPE, "type", TEXT, 1)                                                                       \
    X(SIGNATURE, "signature", TEXT, 1)                                                             \
    X(COLUMN, "column_name", TEXT, 1)                                                              \
    X(LINK_TABLE, "link_table", TEXT, 1)                                                           \
    X(STATE, "state", INT, 1)                                                                      \
    X(OWNER, "owner", TEXT, 0)                                                                     \
    X(DEFINITION, "definition", TEXT, 0)                                                           \
    X(REPLACES, "replaces", INT, 0) X(FOLDING, "folding", INT, 0)
#define SYS_INDEX_COLUMNS(X)                                                                       \
    X(ENTITY, "entity", INT, 1)                                                                    \
    X(ID, "id", INT, 1)                                                                            \
    X(NAME, "name", TEXT, 1) X(SIGNATURE, "signature", TEXT, 1) X(STATE, "state", INT, 0)
#define SYS_MIGRATION_COLUMNS(X)                                                                   \
    X(ID, "id", INT, 1)                                                                            \
    X(AT, "at", INT, 1)                                                                            \
    X(KIND, "kind", TEXT, 1)                                                                       \
    X(SUBJECT, "subject", TEXT, 1)                                                                 \
    X(STATE, "state", INT, 1)                                                                      \
    X(DETAIL, "detail", TEXT, 0)                                                                   \
    X(CURSOR, "cursor", INT, 0)                                                                    \
    X(DONE, "done", INT, 0)                                                                        \
    X(TOTAL, "total", INT, 0) X(FINISHED, "finished", INT, 0) X(AUTHOR, "author", INT, 0)
#define SYS_DEFINITION_COLUMNS(X) /* what people made in the browser: the admin layer */           \
    X(KIND, "kind", TEXT, 1)                                                                       \
    X(NAME, "name", TEXT, 1)                                                                       \
    X(TEXT, "text", TEXT, 1)                                                                       \
    X(STATE, "state", INT, 1)                                                                      \
    X(AUTHOR, "author", INT, 1)                                                                    \
    X(AT, "at", INT, 1) X(NOTE, "note", TEXT, 0)
#define SYS_CHANGESET_COLUMNS(X)                                                                   \
    X(SEQ, "seq", INT, 1)                                                                          \
    X(ID, "id", INT, 1)                                                                            \
    X(AT, "at", INT, 1)                                                                            \
    X(ACTOR, "actor", INT, 1)                                                                      \
    X(DOOR, "door", INT, 1)                                                                        \
    X(CAUSE, "cause", TEXT, 0)                                                                     \
    X(SCRIPT_VERSION, "script_version", TEXT, 0)                                                   \
    X(NOTE, "note", TEXT, 0)                                                                       \
    X(PART_OF, "part_of", INT, 0)                                                                  \
    X(REVERTS, "reverts", INT, 0)                                                                  \
    X(REVERTED_BY, "reverted_by", INT, 0)                                                          \
    X(CHANGES, "changes", INT, 1) X(FLAGS, "flags", INT, 1) X(DIGEST, "digest", BLOB, 1)
#define SYS_CHANGE_COLUMNS(X)                                                                      \
    X(SEQ, "seq", INT, 1)                                                                          \
    X(POSITION, "position", INT, 1)                                                                \
    X(ENTITY, "entity", INT, 1)                                                                    \
    X(RECORD, "record", INT, 1)                                                                    \
    X(OP, "op", INT, 1)                                                                            \
    X(VERSION, "version", INT, 1)                                                                  \
    X(IMAGES, "images", BLOB, 0) X(SALT, "salt", BLOB, 0) X(DIGEST, "digest", BLOB, 1)
#define SYS_SEQUENCE_COLUMNS(X) /* one row per name: the locked row that seq is drawn from */      \
    X(NAME, "name", TEXT, 1) X(VALUE, "value", INT, 1)
#define SYS_IDEMPOTENCY_COLUMNS(X)                                                                 \
    X(ACTOR, "actor", INT, 1)                                                                      \
    X(KEY, "key", TEXT, 1)                                                                         \
    X(ROUTE, "route", TEXT, 1)                                                                     \
    X(BODY, "body", BLOB, 1)                                                                       \
    X(AT, "at", INT, 1) X(STATUS, "status", INT, 1) X(ANSWER, "answer", BLOB, 0)
#define SYS_CURSOR_COLUMNS(X)                                                                      \
    X(NAME, "name", TEXT, 1)                                                                       \
    X(SEQ, "seq", INT, 1) X(POSITION, "position", INT, 1) X(AT, "at", INT, 1)
#define SYS_JOB_COLUMNS(X)                                                                         \
    X(ID, "id", INT, 1)                                                                            \
    X(QUEUE, "queue", TEXT, 1)                                                                     \
    X(KIND, "kind", TEXT, 1)                                                                       \
    X(STATE, "state", INT, 1)                                                                      \
    X(RUN_AT, "run_at", INT, 1)                                                                    \
    X(ATTEMPTS, "attempts", INT, 1)                                                                \
    X(LEASE_UNTIL, "lease_until", INT, 1)                                                          \
    X(LEASE_EPOCH, "lease_epoch", INT, 1)                                                          \
    X(NODE, "node", INT, 1)                                                                        \
    X(DEDUPE, "dedupe", TEXT, 0)                                                                   \
    X(ACTOR, "actor", INT, 1)                                                                      \
    X(CAUSE, "cause", TEXT, 0)                                                                     \
    X(DEPTH, "depth", INT, 1)                                                                      \
    X(PAYLOAD, "payload", TEXT, 1)                                                                 \
    X(PROGRESS, "progress", TEXT, 0)                                                               \
    X(ERROR, "error", TEXT, 0)                                                                     \
    X(CREATED_AT, "created_at", INT, 1) X(FINISHED_AT, "finished_at", INT, 0)
#define SYS_SCHEDULE_COLUMNS(X)                                                                    \
    X(NAME, "name", TEXT, 1)                                                                       \
    X(SPEC, "spec", TEXT, 1) X(NEXT_AT, "next_at", INT, 1) X(LAST_AT, "last_at", INT, 0)
#define SYS_CREDENTIAL_COLUMNS(X)                                                                  \
    X(USER, "user_id", INT, 1) X(PASSWORD, "password", TEXT, 0) X(CHANGED_AT, "changed_at", INT, 1)
#define SYS_SESSION_COLUMNS(X)                                                                     \
    X(HASH, "hash", BLOB, 1)                                                                       \
    X(USER, "user_id", INT, 1)                                                                     \
    X(CSRF, "csrf", BLOB, 1)                                                                       \
    X(CREATED_AT, "created_at", INT, 1)                                                            \
    X(SEEN_AT, "seen_at", INT, 1)                                                                  \
    X(EXPIRES_AT, "expires_at", INT, 1) X(ADDRESS, "address", TEXT, 0) X(AGENT, "agent", TEXT, 0)
#define SYS_TOKEN_COLUMNS(X)                                                                       \
    X(HASH, "hash", BLOB, 1)                                                                       \
    X(ID, "id", INT, 1)                                                                            \
    X(USER, "user_id", INT, 1)                                                                     \
    X(NAME, "name", TEXT, 0)                                                                       \
    X(SCOPES, "scopes", TEXT, 0)                                                                   \
    X(CREATED_AT, "created_at", INT, 1)                                                            \
    X(EXPIRES_AT, "expires_at", INT, 0) X(ONE_TIME, "one_time", INT, 1)
#define SYS_SIGN_IN_COLUMNS(X)                                                                     \
    X(ID, "id", INT, 1)                                                                            \
    X(AT, "at", INT, 1)                                                                            \
    X(LOGIN, "login", TEXT, 1)                                                                     \
    X(USER, "user_id", INT, 0) X(ADDRESS, "address", TEXT, 0) X(OUTCOME, "outcome", INT, 1)
#define SYS_RUN_COLUMNS(X)                                                                         \
    X(ID, "id", INT, 1)                                                                            \
    X(SCRIPT, "script", TEXT, 1)                                                                   \
    X(VERSION, "version", TEXT, 1)                                                                 \
    X(CAUSE, "cause", TEXT, 1)                                                                     \
    X(STARTED_AT, "started_at", INT, 1)                                                            \
    X(CPU_US, "cpu_us", INT, 1)                                                                    \
    X(WALL_US, "wall_us", INT, 1)                                                                  \
    X(MEMORY, "memory", INT, 1)                                                                    \
    X(ROWS, "row_count", INT, 1)                                                                   \
    X(OUTCOME, "outcome", TEXT, 1)                                                                 \
    X(EFFECTS, "effects", TEXT, 0)                                                                 \
    X(ERROR, "error", TEXT, 0)                                                                     \
    X(CHANGESET, "changeset", INT, 0)                                                              \
    X(ACTOR, "actor", INT, 0) X(JOB, "job", INT, 0) X(CALLS, "calls", INT, 0)
#define SYS_STATE_COLUMNS(                                                                         \
    X) /* key-value store per owner: module and script state, imports' progress */                 \
    X(OWNER, "owner", TEXT, 1)                                                                     \
    X(KEY, "key", TEXT, 1) X(VALUE, "value", TEXT, 0) X(EXPIRES_AT, "expires_at", INT, 0)

/* X(ENUM, "table", key columns) */
#define SYS_TABLES(X)                                                                              \
    X(META, "sys_meta", 1)                                                                         \
    X(ENTITY, "sys_entity", 1)                                                                     \
    X(FIELD, "sys_field", 2)                                                                       \
    X(INDEX, "sys_index", 2)                                                                       \
    X(MIGRATION, "sys_migration", 1)                                                               \
    X(CHANGESET, "sys_changeset", 1)                                                               \
    X(CHANGE, "sys_change", 2)                                                                     \
    X(SEQUENCE, "sys_sequence", 1)                                                                 \
    X(IDEMPOTENCY, "sys_idempotency", 2)                                                           \
    X(CURSOR, "sys_cursor", 1)                                                                     \
    X(JOB, "sys_job", 1)                                                                           \
    X(SCHEDULE, "sys_schedule", 1)                                                                 \
    X(CREDENTIAL, "sys_credential", 1)                                                             \
    X(SESSION, "sys_session", 1)                                                                   \
    X(TOKEN, "sys_token", 1)                                                                       \
    X(SIGN_IN, "sys_sign_in", 1)                                                                   \
    X(RUN, "sys_run", 1) X(STATE, "sys_state", 2) X(DEFINITION, "sys_definition", 2)

enum sys_table {
#define SYS_TABLE_ENUM(name, table, keys) SYS_TABLE_##name,
    SYS_TABLES(SYS_TABLE_ENUM)
#undef SYS_TABLE_ENUM
        SYS_TABLE_COUNT
};

/* Column enums: SYS_JOB_STATE is the position of "state" in sys_job. */
#define SYS_META_E(n, c, t, k)        SYS_META_##n,
#define SYS_ENTITY_E(n, c, t, k)      SYS_ENTITY_##n,
#define SYS_FIELD_E(n, c, t, k)       SYS_FIELD_##n,
#define SYS_INDEX_E(n, c, t, k)       SYS_INDEX_##n,
#define SYS_MIGRATION_E(n, c, t, k)   SYS_MIGRATION_##n,
#define SYS_CHANGESET_E(n, c, t, k)   SYS_CHANGESET_##n,
#define SYS_CHANGE_E(n, c, t, k)      SYS_CHANGE_##n,
#define SYS_SEQUENCE_E(n, c, t, k)    SYS_SEQUENCE_##n,
#define SYS_IDEMPOTENCY_E(n, c, t, k) SYS_IDEMPOTENCY_##n,
#define SYS_CURSOR_E(n, c, t, k)      SYS_CURSOR_##n,
#define SYS_JOB_E(n, c, t, k)         SYS_JOB_##n,
#define SYS_SCHEDULE_E(n, c, t, k)    SYS_SCHEDULE_##n,
#define SYS_CREDENTIAL_E(n, c, t, k)  SYS_CREDENTIAL_##n,
#define SYS_SESSION_E(n, c, t, k)     SYS_SESSION_##n,
#define SYS_TOKEN_E(n, c, t, k)       SYS_TOKEN_##n,
#define SYS_SIGN_IN_E(n, c, t, k)     SYS_SIGN_IN_##n,
#define SYS_RUN_E(n, c, t, k)         SYS_RUN_##n,
#define SYS_STATE_E(n, c, t, k)       SYS_STATE_##n,
#define SYS_DEFINITION_E(n, c, t, k)  SYS_DEFINITION_##n,
enum { SYS_META_COLUMNS(SYS_META_E) SYS_META_COUNT };
enum { SYS_ENTITY_COLUMNS(SYS_ENTITY_E) SYS_ENTITY_COUNT };
enum { SYS_FIELD_COLUMNS(SYS_FIELD_E) SYS_FIELD_COUNT };
enum { SYS_INDEX_COLUMNS(SYS_INDEX_E) SYS_INDEX_COUNT };
enum { SYS_MIGRATION_COLUMNS(SYS_MIGRATION_E) SYS_MIGRATION_COUNT };
enum { SYS_CHANGESET_COLUMNS(SYS_CHANGESET_E) SYS_CHANGESET_COUNT };
enum { SYS_CHANGE_COLUMNS(SYS_CHANGE_E) SYS_CHANGE_COUNT };
enum { SYS_SEQUENCE_COLUMNS(SYS_SEQUENCE_E) SYS_SEQUENCE_COUNT };
enum { SYS_IDEMPOTENCY_COLUMNS(SYS_IDEMPOTENCY_E) SYS_IDEMPOTENCY_COUNT };
enum { SYS_CURSOR_COLUMNS(SYS_CURSOR_E) SYS_CURSOR_COUNT };
enum { SYS_JOB_COLUMNS(SYS_JOB_E) SYS_JOB_COUNT };
enum { SYS_SCHEDULE_COLUMNS(SYS_SCHEDULE_E) SYS_SCHEDULE_COUNT };
enum { SYS_CREDENTIAL_COLUMNS(SYS_CREDENTIAL_E) SYS_CREDENTIAL_COUNT };
enum { SYS_SESSION_COLUMNS(SYS_SESSION_E) SYS_SESSION_COUNT };
enum { SYS_TOKEN_COLUMNS(SYS_TOKEN_E) SYS_TOKEN_COUNT };
enum { SYS_SIGN_IN_COLUMNS(SYS_SIGN_IN_E) SYS_SIGN_IN_COUNT };
enum { SYS_RUN_COLUMNS(SYS_RUN_E) SYS_RUN_COUNT };
enum { SYS_STATE_COLUMNS(SYS_STATE_E) SYS_STATE_COUNT };
enum { SYS_DEFINITION_COLUMNS(SYS_DEFINITION_E) SYS_DEFINITION_COUNT };

const struct store_table *sys_table(enum sys_table table);
/* As that version of the database has it: the first columns only. */
const struct store_table *sys_table_of(enum sys_table table, int64_t version);

#endif
