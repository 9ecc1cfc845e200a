/* See scripts.h. */
#include "cli/scripts.h"

#include <stdio.h>

#include "module/made.h"
#include "schema/write.h"

enum { EXPORT_BYTES = 2 * MADE_TEXT_MAX };

crm_status cli_scripts_take(struct crm_command *c, struct cli_scripts *all, struct str name,
                            const struct schema_node *n, struct str note, struct err *err) {
    const struct schema_node *text = schema_node_get(n, "text");
    char limit[16];
    (void)snprintf(limit, sizeof limit, "%d", CLI_SCRIPTS_MAX);
    if (all->count == CLI_SCRIPTS_MAX)
        return err_set(err, CRM_TOO_LARGE, &cli_definitions_many, limit, NULL);
    if (!text || text->kind != SCHEMA_NODE_TEXT)
        return err_set(err, CRM_INVALID, &cli_script_text, NULL);
    struct cli_script *it = &all->items[all->count++];
    *it = (struct cli_script){.script = arena_printf(&c->arena, "scripts/%.*s", STR_ARG(name)),
                              .text = text->text,
                              .note = note.len ? note : command_value(c, "note")};
    return it->script.ptr ? CRM_OK : err_no_memory(err);
}

static crm_status load(struct crm_command *c, struct made_texts *ret, struct err *err) {
    struct store_conn *conn = NULL;
    crm_status status = engine_reader_open(kernel_engine(c->kernel), &conn, err);
    if (status == CRM_OK) status = made_load(conn, &c->arena, ret, err);
    store_conn_close(conn);
    return status;
}

crm_status cli_scripts_plan(struct crm_command *c, struct cli_scripts *all, struct err *err) {
    struct json_writer *w = command_result(c);
    struct made_texts made = {0};
    crm_status status = load(c, &made, err);
    if (status != CRM_OK) return status;
    json_key_lit(w, "scripts");
    json_array_open(w);
    for (size_t i = 0; i < all->count; i++) {
        struct cli_script *it = &all->items[i];
        struct str name = STR_NONE;
        const struct made_text *now =
            made_name(it->script, &name) ? made_find(&made, name, false) : NULL;
        it->is_new = !now;
        it->is_same = now && str_eq(now->text, it->text) && str_eq(now->note, it->note);
        if (it->is_same) continue;
        const char *step = it->is_new ? "create_script" : "change_script";
        command_say(c, "%-16s %.*s", step, STR_ARG(it->script));
        json_object_open(w);
        json_key_lit(w, "step");
        json_cstr(w, step);
        json_key_lit(w, "script");
        json_text(w, it->script);
        json_object_shut(w);
    }
    json_array_shut(w);
    return CRM_OK;
}

crm_status cli_scripts_save(struct crm_command *c, struct cli_scripts *all, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < all->count; i++) {
        struct made_saved saved;
        const struct made_saving wanted = {.script = all->items[i].script,
                                           .text = all->items[i].text,
                                           .note = all->items[i].note,
                                           .asker = c->view ? c->view->record : NULL,
                                           .by = cli_reload_options(c)};
        if (all->items[i].is_same) continue;
        status = made_save_in_turn(c->kernel, &wanted, &c->arena, &saved, err);
        if (status != CRM_OK || saved.problem.status == CRM_OK) continue;
        err_copy(err, &saved.problem);
        status = err->status = CRM_REFUSED;
    }
    return status;
}

/* ---- out --------------------------------------------------------------------------------------
 */

/* Between long brackets of a level that the text does not end; Lua leaves out a line feed behind
 * the first. */
static void put_long(struct str text, struct buf *out) {
    char shut[40];
    int level = 0;
    do
        (void)snprintf(shut, sizeof shut, "]%.*s]", level++, "==============================");
    while (level < 30 && str_find(text, str_from(shut)) != SIZE_MAX);
    buf_printf(out, "[%.*s[\n%.*s%s", level - 1, "==============================", STR_ARG(text),
               shut);
}

static bool fits_long(struct str text) {
    return memchr(text.ptr, '\r', text.len) == NULL && (!text.len || text.ptr[text.len - 1] != ']');
}

static crm_status export_one(struct crm_command *c, const struct made_text *it, struct err *err) {
    BUF_CLEANUP struct buf out;
    buf_init(&out, EXPORT_BYTES);
    if (it->note.len) {
        buf_add_cstr(&out, "-- ");
        for (size_t i = 0; i < it->note.len; i++)
            buf_add_char(&out, (unsigned char)it->note.ptr[i] < ' ' ? ' ' : it->note.ptr[i]);
        buf_add_char(&out, '\n');
    }
    if (fits_long(it->text)) {
        buf_printf(&out, "script \"%.*s\" {\n  text = ", STR_ARG(it->name));
        put_long(it->text, &out);
        buf_add_cstr(&out, ",\n}\n");
    } else {
        struct schema_node_entry entry = {.key = STR("text"),
                                          .value = {.kind = SCHEMA_NODE_TEXT, .text = it->text}};
        const struct schema_node n = {.kind = SCHEMA_NODE_MAP, .map = {&entry, 1}};
        schema_node_lua(&n, "script", it->name, &out);
    }
    return out.status == CRM_OK ? command_write(c, buf_str(&out), err) : err_no_memory(err);
}

crm_status cli_scripts_export(struct crm_command *c, struct err *err) {
    struct made_texts made = {0};
    crm_status status = load(c, &made, err);
    for (size_t i = 0; status == CRM_OK && i < made.count; i++)
        if (!made.items[i].is_draft) status = export_one(c, &made.items[i], err);
    return status;
}
