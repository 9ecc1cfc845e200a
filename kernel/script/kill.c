/* A script that is killed twice within ten minutes is switched off. See stop.h. */
#include "base/json.h"
#include "base/log.h"
#include "base/time.h"
#include "event/subscribe.h"
#include "script/messages.h"
#include "script/stop.h"
#include "script/unit.h"
#include "store/cluster.h"
#include "store/sys_tables.h"

enum { JUDGING_BYTES = 64 * 1024 };

static const struct str state_owner = {"script", 6};

bool script_is_kill(crm_status status, const struct err *why) {
    static const char *const codes[] = {"script_out_of_time", "script_out_of_memory",
                                        "script_crashed"};
    for (size_t i = 0; status != CRM_OK && i < sizeof codes / sizeof *codes; i++)
        if (str_is(str_from(why->text.code), codes[i])) return true;
    return false;
}

/* ---- the kill before --------------------------------------------------------------------------
 */

/* {"version","at"} under "killed/OWNER" */
struct judging {
    struct arena arena;
    struct str owner, key;
    const struct script_account *account;
    int64_t run, now_ms;
};

static void note_row(const struct judging *j, struct store_condition where[2]) {
    where[0] = (struct store_condition){SYS_STATE_OWNER, STORE_EQ, store_text(state_owner)};
    where[1] = (struct store_condition){SYS_STATE_KEY, STORE_EQ, store_text(j->key)};
}

static crm_status note_text(const struct judging *j, struct buf *text, struct err *err) {
    struct json_writer out;
    json_writer_init(&out, text);
    json_object_open(&out);
    json_key_lit(&out, "version");
    json_text(&out, j->account->version);
    json_key_lit(&out, "at");
    json_int64(&out, j->now_ms);
    json_object_shut(&out);
    return text->status == CRM_OK ? CRM_OK : err_no_memory(err);
}

/* Of the version in force and no longer ago than that. */
static crm_status is_second(struct judging *j, struct store_conn *writer, bool *ret,
                            struct err *err) {
    struct store_condition where[2];
    const struct store_value *row = NULL;
    note_row(j, where);
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = where, .where_count = 2, .limit = 1};
    crm_status status = store_first(writer, &select, &j->arena, &row, err);
    *ret = false;
    if (status != CRM_OK || !row) return status;
    JSON_CLEANUP json_t *note = NULL;
    status = json_parse(row[SYS_STATE_VALUE].bytes, &json_limits_default, &note, err);
    if (status == CRM_OK)
        *ret =
            str_eq(json_str(json_object_get(note, "version")), j->account->version) &&
            j->now_ms - json_integer_value(json_object_get(note, "at")) <= SCRIPT_KILLS_WITHIN_MS;
    return status;
}

/* *ret_is_second false: this one is noted. Of two nodes at once one finds the other's note. */
static crm_status note_kill(struct judging *j, struct store_conn *writer, bool *ret_is_second,
                            struct err *err) {
    const struct store_table *t = sys_table(SYS_TABLE_STATE);
    struct store_condition where[2];
    bool inserted = false;
    BUF_CLEANUP struct buf text;
    buf_init(&text, JUDGING_BYTES);
    crm_status status = note_text(j, &text, err);
    if (status != CRM_OK) return status;
    const struct store_value row[SYS_STATE_COUNT] = {[SYS_STATE_OWNER] = store_text(state_owner),
                                                     [SYS_STATE_KEY] = store_text(j->key),
                                                     [SYS_STATE_VALUE] = store_text(buf_str(&text)),
                                                     [SYS_STATE_EXPIRES_AT] = STORE_NIL};
    const struct store_set set = {SYS_STATE_VALUE, row[SYS_STATE_VALUE], false};
    note_row(j, where);
    *ret_is_second = false;
    status = store_insert_new(writer, t, row, &inserted, err);
    if (status != CRM_OK || inserted) return status;
    status = is_second(j, writer, ret_is_second, err);
    if (status != CRM_OK || *ret_is_second) return status;
    return store_update(writer, t, &set, 1, where, 2, NULL, err);
}

/* ---- switching off ----------------------------------------------------------------------------
 */

/* script.disabled: { script, outcome, handler, run, author } */
static crm_status tell(const struct script_host *h, const struct judging *j, int64_t author,
                       struct store_conn *writer, struct err *err) {
    BUF_CLEANUP struct buf data;
    struct json_writer out;
    buf_init(&data, JUDGING_BYTES);
    if (!h->options.hub) return CRM_OK;
    json_writer_init(&out, &data);
    json_object_open(&out);
    json_key_lit(&out, "script");
    json_text(&out, j->owner);
    json_key_lit(&out, "outcome");
    json_text(&out, j->account->outcome);
    json_key_lit(&out, "handler");
    json_text(&out, j->account->script);
    json_key_lit(&out, "run");
    json_id(&out, j->run);
    if (author) {
        json_key_lit(&out, "author");
        json_id(&out, author);
    }
    json_object_shut(&out);
    if (data.status != CRM_OK) return err_no_memory(err);
    return event_emit(h->options.hub, writer, STR("script.disabled"), buf_str(&data), STR("kill"),
                      0, err);
}

static crm_status switch_off(struct script_host *h, const struct judging *j, int64_t author,
                             struct store_conn *writer, bool *ret_stopped, struct err *err) {
    const struct script_stop stop = {.owner = j->owner,
                                     .outcome = j->account->outcome,
                                     .handler = j->account->script,
                                     .version = j->account->version,
                                     .run = j->run,
                                     .at_ms = j->now_ms};
    struct store_condition where[2];
    note_row(j, where);
    crm_status status = script_stop_put(writer, &stop, ret_stopped, err);
    if (status == CRM_OK)
        status = store_delete(writer, sys_table(SYS_TABLE_STATE), where, 2, NULL, err);
    if (status != CRM_OK || !*ret_stopped) return status;
    status = tell(h, j, author, writer, err);
    return status == CRM_OK ? store_news_add(writer, STORE_NEWS_SCRIPTS, err) : status;
}

static crm_status judge(struct script_host *h, struct judging *j, int64_t author,
                        struct store_conn *writer, bool *ret_stopped, struct err *err) {
    bool second = false;
    j->key = arena_printf(&j->arena, "killed/%.*s", STR_ARG(j->owner));
    if (!j->owner.ptr || !j->key.ptr) return err_no_memory(err);
    crm_status status = note_kill(j, writer, &second, err);
    return status == CRM_OK && second ? switch_off(h, j, author, writer, ret_stopped, err) : status;
}

crm_status script_kill_judge(struct script_host *h, const struct script_account *account,
                             int64_t run, struct store_conn *writer, bool *ret_stopped,
                             struct err *err) {
    struct judging j = {.account = account, .run = run, .now_ms = clock_now_ms()};
    int64_t author = 0;
    crm_status status = CRM_OK;
    arena_init(&j.arena, JUDGING_BYTES);
    struct script_units *units = script_units_ref(h);
    const struct script_unit *u = script_unit_of(units, account->script);
    bool counts = u && u->layer >= SCHEMA_LAYER_PLUGIN && str_eq(u->version, account->version);
    if (counts) {
        j.owner = arena_str(&j.arena, u->owner);
        author = u->author;
    }
    script_units_unref(units);
    *ret_stopped = false;
    if (counts) status = judge(h, &j, author, writer, ret_stopped, err);
    arena_fini(&j.arena);
    return status;
}

void script_kill_apply(struct script_host *h, struct str handler) {
    struct script_units *units = script_units_ref(h);
    struct script_unit *u = script_unit_of(units, handler);
    if (u) {
        char name[256];
        (void)snprintf(name, sizeof name, "%.*s", STR_ARG(u->owner));
        atomic_store(&u->is_stopped, true);
        log_event(LOG_WARN, "script_disabled", "name", name, NULL);
    }
    script_units_unref(units);
}
