/* An event name against the schema, and a change of the log against an event. Private to event/. */
#ifndef EVENT_MATCH_H
#define EVENT_MATCH_H

#include "event/hub_state.h"

enum match_kind { MATCH_ANY, MATCH_VERB, MATCH_FIELD, MATCH_EMITTED };

struct match {
    enum match_kind kind;
    const struct schema_entity *entity; /* NULL: emitted */
    enum record_verb verb;
    int32_t field;           /* id, MATCH_FIELD */
    const struct expr *when; /* or NULL */
};

/* Compiled into the arena. `declared`: the name of an emitted event is known. */
crm_status match_compile(const struct schema *s, struct str event, struct str when, bool declared,
                         struct arena *a, struct match *ret, struct err *err);
/* By verb and changed fields only; `when` is the caller's. */
bool match_change(const struct match *m, int32_t entity, enum record_verb verb,
                  const struct image_field *fields, size_t count);
/* The name of what happened, as this match sees it: "visit.stage.changed". */
struct str match_name(const struct match *m, struct str event, enum record_verb verb,
                      struct arena *a);

#endif
