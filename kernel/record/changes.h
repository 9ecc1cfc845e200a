/* One change of the log as JSON, for history and timeline. Private to record/. */
#ifndef RECORD_CHANGES_H
#define RECORD_CHANGES_H

#include "record/past.h"

/* {"seq","changeset","at","actor","door","cause","note","op","version","fields":{name:{"before","after"}}}.
 * *ret_shown false and nothing written: all that changed are fields the viewer may not see. Opens
 * and shuts the object only when `open`; else the keys go into the object at hand. */
crm_status change_put(struct record_view *v, struct json_writer *out, const struct schema_entity *e,
                      const struct past_change *change, bool *ret_shown, struct err *err);

#endif
