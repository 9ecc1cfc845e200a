/* perigee plugin list: plugins and scripts, and why one was left out or is held back. */
#include <stdio.h>

#include "cli/command.h"

static struct str reason_of(struct crm_command *c, const struct extension *x) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, 8192);
    err_format(x->reason, c->language, &text);
    if (x->reason->where[0]) buf_printf(&text, " (%s)", x->reason->where);
    return text.status == CRM_OK ? arena_str(&c->arena, buf_str(&text)) : STR_NONE;
}

static const char *kind_of(const struct extension *x) { return x->is_script ? "script" : "plugin"; }

static void put_item(struct json_writer *w, const char *kind, const struct extension *x,
                     struct str reason) {
    json_object_open(w);
    json_key_lit(w, "kind");
    json_cstr(w, kind);
    json_key_lit(w, "name");
    json_text(w, x->name);
    json_key_lit(w, "version");
    json_text_or_nil(w, x->version);
    json_key_lit(w, "folder");
    json_text_or_nil(w, x->folder);
    json_key_lit(w, "loaded");
    json_bool(w, !x->is_out);
    json_key_lit(w, "disabled");
    json_bool(w, x->is_disabled);
    json_key_lit(w, "held");
    json_bool(w, x->is_held);
    json_key_lit(w, "reason");
    json_text_or_nil(w, reason);
    json_object_shut(w);
}

void cli_left_out(struct crm_command *c, const struct extensions *all, struct json_writer *w) {
    for (size_t i = 0; i < all->count; i++) {
        const struct extension *x = &all->items[i];
        if ((!x->is_out && !x->is_held) || x->is_disabled) continue;
        struct str reason = reason_of(c, x);
        const char *name = arena_cstr(&c->arena, x->owner), *why = arena_cstr(&c->arena, reason);
        if (name && why)
            cli_say(c, x->is_held ? &cli_said_held : &cli_said_left_out, name, why, NULL);
        if (w) put_item(w, kind_of(x), x, reason);
    }
}

/* Modules that crash are left out as a bad plugin is. */
static void put_modules(struct crm_command *c, struct json_writer *w) {
    const struct modules *m = kernel_modules(c->kernel);
    for (size_t i = 0; i < m->left_out_count; i++) {
        struct err reason;
        err_copy(&reason, &m->left_out[i].err);
        const struct extension x = {
            .name = str_from(m->left_out[i].name), .is_out = true, .reason = &reason};
        struct str why = reason_of(c, &x);
        const char *text = arena_cstr(&c->arena, why);
        if (text) cli_say(c, &cli_said_left_out, m->left_out[i].name, text, NULL);
        put_item(w, "module", &x, why);
    }
}

static crm_status plugin_list(struct crm_command *c, struct err *err) {
    struct loaded *loaded = kernel_loaded(c->kernel);
    const struct extensions none = {0}, *all = loaded ? &loaded->extensions : &none;
    struct json_writer *w = command_result(c);
    (void)err;
    json_object_open(w);
    json_key_lit(w, "extensions");
    json_array_open(w);
    for (size_t i = 0; i < all->count; i++) {
        const struct extension *x = &all->items[i];
        struct str reason = x->is_out || x->is_held ? reason_of(c, x) : STR_NONE;
        if (!x->is_out)
            command_say(c, "%-7s %-24.*s %-10.*s %.*s", x->is_script ? "script" : "plugin",
                        STR_ARG(x->name), STR_ARG(x->version), STR_ARG(x->folder));
        if (x->is_disabled) cli_say(c, &cli_said_disabled, arena_cstr(&c->arena, x->name), NULL);
        put_item(w, kind_of(x), x, reason);
    }
    put_modules(c, w);
    json_array_shut(w);
    json_object_shut(w);
    cli_left_out(c, all, NULL);
    loaded_unref(loaded);
    return CRM_OK;
}

CLI_RUN(plugin_list)
CLI_COMMAND(plugin_list, CLI_ANYWHERE, .name = "plugin list",
            .summary = "Lists plugins and scripts, and why one was left out", .run = plugin_list_,
            .help =
                "They are looked for in the installation and in the data directory; of two with "
                "one name that of the data directory counts.")
