/* crm.http: requests of scripts to other programs. They are kept with the run and become jobs in
 * the transaction of its changeset, so that nothing goes out for what was not done; each passes the
 * gate (event/gate.h). The answer comes back as an event that code emits. A dry run sends nothing
 * and tells of it. Private to script/. Threads: the run's; sending the hub's. */
#ifndef SCRIPT_HTTP_H
#define SCRIPT_HTTP_H

#include "script/call.h"

enum { SCRIPT_OUT_MAX = 20 };

struct script_out {
    struct str payload; /* JSON: {"method","url","body","headers","event"}, or a mail's */
    bool is_mail;       /* mail.h */
};
void l_http_open(lua_State *L);
/* In the writer's transaction. */
crm_status script_http_write(const struct script_run *r, struct event_hub *hub, struct str cause,
                             struct store_conn *writer, struct err *err);
/* The job kind "script.http". */
crm_status script_http_kind(struct script_host *host, struct err *err);

#endif
