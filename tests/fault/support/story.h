/* One story that every fault interrupts: a database is made, records are created and changed, a
 * blob is kept, a piece is imported and undone. Each step is remembered with its status, so that
 * afterwards two questions can be asked: is what was answered with success there, and can the rest
 * be done by asking again with the same keys?
 *
 * Threads: one. */
#ifndef FAULT_SUPPORT_STORY_H
#define FAULT_SUPPORT_STORY_H

#include "base/digest.h"
#include "support/session.h"

enum story_step {
    STORY_OPEN,
    STORY_CREATE_FIRST,
    STORY_CREATE_SECOND,
    STORY_UPDATE_FIRST,
    STORY_UPDATE_AGAIN,
    STORY_NOTE,
    STORY_BLOB,
    STORY_IMPORT,
    STORY_TRASH_SECOND,
    STORY_UNDO_IMPORT,
    STORY_STEPS
};

struct story {
    struct session session;
    crm_status status[STORY_STEPS];
    struct stored first, second;
    int64_t parent;
    struct digest blob;
    /* Called after each step but the first, while the engine is there; or NULL. */
    void (*after_step)(struct story *s, enum story_step step);
};

void story_init(struct story *s);
/* Opens (making the database when it is not there) and does every step that has not succeeded yet.
 * Once the database is open, the session stays so until story_close. */
void story_run(struct story *s, const char *dir, const char *vfs);
/* The steps again on the engine at hand. */
void story_go_on(struct story *s);
void story_close(struct story *s);
bool story_is_done(const struct story *s);
const char *story_word(enum story_step step);
/* On a session opened anew: the first step whose success is not to be seen in the data, or
 * STORY_STEPS. `whole`: each step must have its effect, once. */
enum story_step story_missing(struct story *s, bool whole);

#endif
