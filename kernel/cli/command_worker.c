/* perigee worker: what the server starts for scripts that run in a process of their own. */
#include <sys/socket.h>

#include "cli/command.h"
#include "script/worker/inside.h"

static crm_status worker(struct crm_command *c, struct err *err) {
    int type = 0;
    socklen_t len = sizeof type;
    (void)c;
    if (getsockopt(SCRIPT_CHANNEL_FD, SOL_SOCKET, SO_TYPE, &type, &len) != 0 ||
        type != SOCK_SEQPACKET)
        return err_set(err, CRM_UNSUPPORTED, &cli_worker_alone, NULL);
    return script_worker_main() == 0 ? CRM_OK : err_internal(err, "the worker could not begin");
}
CLI_RUN(worker)
CLI_COMMAND(worker, CLI_WITHOUT_DATABASE, .name = "worker",
            .summary = "Runs scripts for the server, which starts it itself", .run = worker_)
