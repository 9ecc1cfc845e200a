/* What a run leaves in sys_run. Threads: the writer's. */
#include "script/run.h"

#include "store/sys_tables.h"

static struct store_value text_or_null(struct str s) {
    return s.len > 0 ? store_text(s) : STORE_NIL;
}

crm_status script_account_write(struct store_conn *writer, int64_t id,
                                const struct script_account *a, struct err *err) {
    struct store_value row[SYS_RUN_COUNT];
    row[SYS_RUN_ID] = store_int(id);
    row[SYS_RUN_SCRIPT] = store_text(a->script);
    row[SYS_RUN_VERSION] = store_text(a->version);
    row[SYS_RUN_CAUSE] = store_text(a->cause);
    row[SYS_RUN_STARTED_AT] = store_int(a->started_ms);
    row[SYS_RUN_CPU_US] = store_int(a->cpu_us);
    row[SYS_RUN_WALL_US] = store_int(a->wall_us);
    row[SYS_RUN_MEMORY] = store_int(a->memory);
    row[SYS_RUN_ROWS] = store_int(a->rows);
    row[SYS_RUN_OUTCOME] = store_text(a->outcome);
    row[SYS_RUN_EFFECTS] = text_or_null(a->effects);
    row[SYS_RUN_ERROR] = text_or_null(a->error);
    row[SYS_RUN_CHANGESET] = a->changeset ? store_int(a->changeset) : STORE_NIL;
    row[SYS_RUN_ACTOR] = store_int(a->actor);
    row[SYS_RUN_JOB] = a->job ? store_int(a->job) : STORE_NIL;
    row[SYS_RUN_CALLS] = store_int(a->calls);
    return store_insert(writer, sys_table(SYS_TABLE_RUN), row, err);
}

crm_status script_account_changeset(struct store_conn *writer, int64_t id, int64_t changeset,
                                    struct err *err) {
    const struct store_set set = {.column = SYS_RUN_CHANGESET, .value = store_int(changeset)};
    const struct store_condition where = {
        .column = SYS_RUN_ID, .op = STORE_EQ, .value = store_int(id)};
    return store_update(writer, sys_table(SYS_TABLE_RUN), &set, 1, &where, 1, NULL, err);
}

const char *script_outcome(crm_status status, const struct err *why) {
    if (status != CRM_OK && str_is(str_from(why->text.code), "script_crashed")) return "crash";
    switch (status) {
    case CRM_OK:
        return "ok";
    case CRM_TIMEOUT:
        return "time";
    case CRM_NO_MEMORY:
        return "memory";
    case CRM_CANCELLED:
        return "cancelled";
    default:
        return "error";
    }
}
