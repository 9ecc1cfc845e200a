/* perigee nodes: the processes that serve this database, as they say themselves every few seconds
 * (module/nodes.h). */
#include <stdio.h>

#include "base/json.h"
#include "cli/command.h"
#include "store/cluster.h"
#include "store/note.h"
#include "store/sys_tables.h"

enum { SEEN_MS = 15000 }; /* three signs of life have failed to come */

struct listing {
    struct crm_command *command;
    int64_t now_ms;
};

static const char *text_of(const json_t *sign, const char *key) {
    const char *text = json_string_value(json_object_get(sign, key));
    return text ? text : "";
}

static void put(struct listing *l, int64_t number, const json_t *sign) {
    struct json_writer *w = command_result(l->command);
    const char *address = text_of(sign, "address"), *version = text_of(sign, "version");
    int64_t seen_ms = json_integer_value(json_object_get(sign, "seen_at"));
    bool is_seen = l->now_ms - seen_ms < SEEN_MS;
    char shown[24], ago[24];
    snprintf(shown, sizeof shown, "%lld", (long long)number);
    snprintf(ago, sizeof ago, "%lld",
             (long long)(l->now_ms > seen_ms ? (l->now_ms - seen_ms) / 1000 : 0));
    cli_say(l->command, is_seen ? &cli_said_node : &cli_said_node_gone, shown, address, version,
            ago, NULL);
    json_object_open(w);
    json_key_lit(w, "node");
    json_int64(w, number);
    json_key_lit(w, "address");
    json_cstr(w, address);
    json_key_lit(w, "version");
    json_cstr(w, version);
    json_key_lit(w, "started_at");
    json_time(w, json_integer_value(json_object_get(sign, "started_at")));
    json_key_lit(w, "seen_at");
    json_time(w, seen_ms);
    json_key_lit(w, "seen");
    json_bool(w, is_seen);
    json_object_shut(w);
}

static bool take(void *ctx, const struct store_value *row) {
    struct str text =
        row[SYS_STATE_VALUE].type == STORE_TEXT ? row[SYS_STATE_VALUE].bytes : STR_NONE;
    int64_t number = 0;
    if (!str_to_int64(row[SYS_STATE_KEY].bytes, &number) || !text.len) return true;
    json_t *sign = json_loadb(text.ptr, text.len, 0, NULL);
    if (sign) put(ctx, number, sign);
    json_decref(sign);
    return true;
}

static crm_status nodes(struct crm_command *c, struct err *err) {
    struct engine *e = kernel_engine(c->kernel);
    struct listing l = {c, store_now_ms(engine_store(e))};
    const struct store_condition where = {SYS_STATE_OWNER, STORE_EQ, store_text(STR("node"))};
    const struct store_select select = {
        .table = sys_table(SYS_TABLE_STATE), .where = &where, .where_count = 1};
    struct json_writer *w = command_result(c);
    struct store_conn *reader = NULL;
    crm_status status = cli_whole(c, err);
    if (status == CRM_OK) status = engine_reader_open(e, &reader, err);
    if (status != CRM_OK) return status;
    json_object_open(w);
    json_key_lit(w, "nodes");
    json_array_open(w);
    status = store_each(reader, &select, take, &l, err);
    json_array_shut(w);
    json_object_shut(w);
    store_conn_close(reader);
    if (store_engine_of(engine_store(e)) == STORE_SQLITE) cli_say(c, &cli_said_node_alone, NULL);
    return status;
}

CLI_RUN(nodes)
CLI_COMMAND(nodes, CLI_ANYWHERE, .name = "nodes",
            .summary = "Lists the processes that serve this database", .run = nodes_)
