/* crm.mail: mails of scripts. They are kept with the run and put into the queue (event/mail.h) in
 * the transaction of its changeset, so that nobody is told of what was not done. A dry run tells of
 * them and sends nothing. Private to script/. Threads: the run's. */
#ifndef SCRIPT_MAIL_H
#define SCRIPT_MAIL_H

#include "script/call.h"

enum { SCRIPT_MAILS_MAX = 200, SCRIPT_PLACES_MAX = 500 };

void l_mail_open(lua_State *L);
/* In the writer's transaction. */
crm_status script_mail_write(const struct script_run *r, struct event_hub *hub, struct str cause,
                             struct store_conn *writer, struct err *err);

/* The template at the top of the stack, a text, becomes it with its {{places}} filled in: names of
 * the table at `values`, then fields and paths of the record at `about` as the actor sees them; 0 =
 * none. With `html` the values are escaped. Raises for a place that names nothing. */
struct script_fill {
    struct script_run *run;
    int values, about;
    enum language language;
    bool html;
};
void l_mail_fill(lua_State *L, const struct script_fill *f);

#endif
