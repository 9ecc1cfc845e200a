/* perigee api-info: the interface for modules. */
#include "cli/command.h"
#include "module/services.h"

static crm_status api_info(struct crm_command *c, struct err *err) {
    BUF_CLEANUP struct buf text;
    buf_init(&text, 1024 * 1024);
    services_describe(&text);
    if (text.status != CRM_OK) return err_no_memory(err);
    if (c->json) {
        json_raw(command_result(c), buf_str(&text));
        return CRM_OK;
    }
    buf_add_char(&text, '\n');
    return command_write(c, buf_str(&text), err);
}

CLI_RUN(api_info)
CLI_COMMAND(api_info, CLI_WITHOUT_DATABASE, .name = "api-info",
            .summary = "Prints the interface for modules as JSON", .run = api_info_)
