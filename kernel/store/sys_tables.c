/* The kernel's own tables as constants, with the indexes that their readers need; see sys_tables.h.
 */
#include "store/sys_tables.h"

#define COLUMN(enumerator, column, column_type, required) {column, STORE_##column_type, required},
#define COLUMNS(NAME)                                                                              \
    static const struct store_column columns_##NAME[] = {SYS_##NAME##_COLUMNS(COLUMN)};
#define TABLE_COLUMNS(NAME, table, keys) COLUMNS(NAME)
SYS_TABLES(TABLE_COLUMNS)

static const struct store_index indexes_ENTITY[] = {
    {"sys_entity_name", {SYS_ENTITY_NAME}, 1, true, false}};
static const struct store_index indexes_CHANGESET[] = {
    {"sys_changeset_id", {SYS_CHANGESET_ID}, 1, true, false},
    {"sys_changeset_part_of", {SYS_CHANGESET_PART_OF, SYS_CHANGESET_SEQ}, 2, false, true},
};
static const struct store_index indexes_CHANGE[] = {
    {"sys_change_record", {SYS_CHANGE_ENTITY, SYS_CHANGE_RECORD, SYS_CHANGE_SEQ}, 3, false, false},
};
static const struct store_index indexes_IDEMPOTENCY[] = {
    {"sys_idempotency_at", {SYS_IDEMPOTENCY_AT}, 1, false, false}};
static const struct store_index indexes_JOB[] = {
    {"sys_job_due", {SYS_JOB_STATE, SYS_JOB_RUN_AT, SYS_JOB_ID}, 3, false, false},
    {"sys_job_queue", {SYS_JOB_QUEUE, SYS_JOB_STATE, SYS_JOB_RUN_AT}, 3, false, false},
    {"sys_job_dedupe", {SYS_JOB_DEDUPE}, 1, false, false},
};
static const struct store_index indexes_SCHEDULE[] = {
    {"sys_schedule_next", {SYS_SCHEDULE_NEXT_AT}, 1, false, false}};
static const struct store_index indexes_SESSION[] = {
    {"sys_session_user", {SYS_SESSION_USER}, 1, false, false},
    {"sys_session_expires", {SYS_SESSION_EXPIRES_AT}, 1, false, false},
};
static const struct store_index indexes_TOKEN[] = {
    {"sys_token_id", {SYS_TOKEN_ID}, 1, true, false},
    {"sys_token_user", {SYS_TOKEN_USER}, 1, false, false},
};
static const struct store_index indexes_SIGN_IN[] = {
    {"sys_sign_in_login", {SYS_SIGN_IN_LOGIN, SYS_SIGN_IN_AT}, 2, false, false},
    {"sys_sign_in_address", {SYS_SIGN_IN_ADDRESS, SYS_SIGN_IN_AT}, 2, false, false},
    {"sys_sign_in_at", {SYS_SIGN_IN_AT}, 1, false, false},
};
static const struct store_index indexes_RUN[] = {
    {"sys_run_script", {SYS_RUN_SCRIPT, SYS_RUN_STARTED_AT}, 2, false, false},
    {"sys_run_started", {SYS_RUN_STARTED_AT}, 1, false, false},
    {"sys_run_changeset", {SYS_RUN_CHANGESET}, 1, false, true},
};
static const struct store_index indexes_STATE[] = {
    {"sys_state_expires", {SYS_STATE_EXPIRES_AT}, 1, false, false}};

#define COUNT(array) (uint8_t)(sizeof(array) / sizeof *(array))
#define PLAIN(NAME, table, keys)                                                                   \
    { table, columns_##NAME, COUNT(columns_##NAME), keys, NULL, 0 }
#define INDEXED(NAME, table, keys)                                                                 \
    { table, columns_##NAME, COUNT(columns_##NAME), keys, indexes_##NAME, COUNT(indexes_##NAME) }

static const struct store_table tables[SYS_TABLE_COUNT] = {
    [SYS_TABLE_META] = PLAIN(META, "sys_meta", 1),
    [SYS_TABLE_ENTITY] = INDEXED(ENTITY, "sys_entity", 1),
    [SYS_TABLE_FIELD] = PLAIN(FIELD, "sys_field", 2),
    [SYS_TABLE_INDEX] = PLAIN(INDEX, "sys_index", 2),
    [SYS_TABLE_MIGRATION] = PLAIN(MIGRATION, "sys_migration", 1),
    [SYS_TABLE_CHANGESET] = INDEXED(CHANGESET, "sys_changeset", 1),
    [SYS_TABLE_CHANGE] = INDEXED(CHANGE, "sys_change", 2),
    [SYS_TABLE_SEQUENCE] = PLAIN(SEQUENCE, "sys_sequence", 1),
    [SYS_TABLE_IDEMPOTENCY] = INDEXED(IDEMPOTENCY, "sys_idempotency", 2),
    [SYS_TABLE_CURSOR] = PLAIN(CURSOR, "sys_cursor", 1),
    [SYS_TABLE_JOB] = INDEXED(JOB, "sys_job", 1),
    [SYS_TABLE_SCHEDULE] = INDEXED(SCHEDULE, "sys_schedule", 1),
    [SYS_TABLE_CREDENTIAL] = PLAIN(CREDENTIAL, "sys_credential", 1),
    [SYS_TABLE_SESSION] = INDEXED(SESSION, "sys_session", 1),
    [SYS_TABLE_TOKEN] = INDEXED(TOKEN, "sys_token", 1),
    [SYS_TABLE_SIGN_IN] = INDEXED(SIGN_IN, "sys_sign_in", 1),
    [SYS_TABLE_RUN] = INDEXED(RUN, "sys_run", 1),
    [SYS_TABLE_STATE] = INDEXED(STATE, "sys_state", 2),
    [SYS_TABLE_DEFINITION] = PLAIN(DEFINITION, "sys_definition", 2),
};

/* Tables as earlier versions had them: for copies of such a database. */
enum { ENTITY_COLUMNS_1 = 6, FIELD_COLUMNS_1 = 8, INDEX_COLUMNS_1 = 4, RUN_COLUMNS_3 = 13 };
static const struct store_table entity_1 =
                                    {"sys_entity", columns_ENTITY, ENTITY_COLUMNS_1, 1, NULL, 0},
                                field_1 = {"sys_field", columns_FIELD, FIELD_COLUMNS_1, 2, NULL, 0},
                                index_1 = {"sys_index", columns_INDEX, INDEX_COLUMNS_1, 2, NULL, 0},
                                run_3 = {"sys_run", columns_RUN, RUN_COLUMNS_3, 1, NULL, 0};

const struct store_table *sys_table_of(enum sys_table table, int64_t version) {
    if (version < 4 && table == SYS_TABLE_RUN) return &run_3;
    if (version != 1) return sys_table(table);
    return table == SYS_TABLE_ENTITY  ? &entity_1
           : table == SYS_TABLE_FIELD ? &field_1
           : table == SYS_TABLE_INDEX ? &index_1
                                      : sys_table(table);
}

#define CHECK_TABLE(NAME, name, keys)                                                              \
    _Static_assert(SYS_##NAME##_COUNT == sizeof columns_##NAME / sizeof *columns_##NAME,           \
                   "columns of " name);
SYS_TABLES(CHECK_TABLE)

const struct store_table *sys_table(enum sys_table table) { return &tables[table]; }
