/* perigee settings: every setting of the process, with its value and where it comes from. */
#include <stdio.h>

#include "cli/command.h"

static crm_status settings(struct crm_command *c, struct err *err) {
    const struct settings *s = &cli_program(c)->settings;
    (void)err;
    struct json_writer *w = command_result(c);
    json_object_open(w);
    for (int i = 0; i < SETTING_COUNT; i++) {
        BUF_CLEANUP struct buf shown;
        buf_init(&shown, 8192);
        setting_show(s, (enum setting)i, &shown);
        const char *origin = setting_origin_word(s->values[i].origin);
        command_say(c, "%-16s %-28.*s %-12s %s", setting_key((enum setting)i),
                    STR_ARG(buf_str(&shown)), origin, setting_help((enum setting)i));
        json_key(w, str_from(setting_key((enum setting)i)));
        json_object_open(w);
        json_key_lit(w, "value");
        json_text(w, buf_str(&shown));
        json_key_lit(w, "origin");
        json_cstr(w, origin);
        json_object_shut(w);
    }
    json_object_shut(w);
    return CRM_OK;
}

CLI_RUN(settings)
CLI_COMMAND(
    settings, CLI_WITHOUT_DATABASE, .name = "settings",
    .summary = "Lists all settings, with values and where they come from", .run = settings_,
    .help =
        "Settings are read from DIR/perigee.conf (key = value) and from PERIGEE_KEY in the "
        "environment, which wins.\n"
        "What the company is like - currency, zone, language - are records: see /api/v1/settings.")
