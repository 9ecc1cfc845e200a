/* Scripts that people made, in files for perigee apply: script "renewals" { text = [[ ... ]] },
 * beside the other definitions that people made. For command_schema.c. Threads: the command's. */
#ifndef CLI_SCRIPTS_H
#define CLI_SCRIPTS_H

#include "cli/command.h"
#include "schema/node.h"

enum { CLI_SCRIPTS_MAX = 200 };

struct cli_script {
    struct str script, text, note; /* "scripts/renewals" */
    bool is_new, is_same;
};
struct cli_scripts {
    struct cli_script items[CLI_SCRIPTS_MAX];
    size_t count;
};

crm_status cli_scripts_take(struct crm_command *c, struct cli_scripts *all, struct str name,
                            const struct schema_node *n, struct str note, struct err *err);
/* What would become of each, shown: "scripts" of the result. */
crm_status cli_scripts_plan(struct crm_command *c, struct cli_scripts *all, struct err *err);
/* Into force, behind the definitions that they need; under the reload lock. One that does not load
 * or whose tests fail ends it (CRM_REFUSED) and is kept as a draft. */
crm_status cli_scripts_save(struct crm_command *c, struct cli_scripts *all, struct err *err);
crm_status cli_scripts_export(struct crm_command *c, struct err *err);

#endif
