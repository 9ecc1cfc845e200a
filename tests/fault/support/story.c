/* See story.h. */
#include "story.h"

#include <sys/stat.h>
#include <unistd.h>

#include "store/blob.h"

enum { IMPORTED = 10, IMPORTED_GOOD = 8, PATH_BYTES = 512 };
static const char blob_bytes[] = "What was kept before the row that names it.";

const char *story_word(enum story_step step) {
    static const char *const words[STORY_STEPS + 1] = {
        "open", "create first", "create second", "update first", "update again", "note",
        "blob", "import",       "trash second",  "undo import",  "nothing"};
    return words[step];
}

void story_init(struct story *s) {
    memset(s, 0, sizeof *s);
    for (int i = 0; i < STORY_STEPS; i++)
        s->status[i] = CRM_CANCELLED;
}

bool story_is_done(const struct story *s) {
    for (int i = 0; i < STORY_STEPS; i++)
        if (s->status[i] != CRM_OK) return false;
    return true;
}

/* ---- steps --------------------------------------------------------------------------------------
 */

static crm_status keep_blob(struct story *s) {
    struct blob_writer *w;
    int64_t len = 0;
    crm_status status = blob_create(engine_store(s->session.engine), &w, &s->session.err);
    if (status != CRM_OK) return status;
    status = blob_write(w, str_from(blob_bytes), &s->session.err);
    if (status == CRM_OK) return blob_finish(w, &s->blob, &len, &s->session.err);
    blob_abandon(w);
    return status;
}

/* A repetition may find it in the trash already. */
static crm_status trash(struct story *s) {
    struct stored found;
    crm_status status = session_get(&s->session, s->second.id, &found);
    return status == CRM_OK && !found.is_trashed ? session_trash(&s->session, s->second.id)
                                                 : status;
}

static crm_status undo(struct story *s) {
    size_t conflicts = 0;
    crm_status status = session_undo(&s->session, s->parent, &conflicts);
    if (status == CRM_CONFLICT && strcmp(s->session.err.text.code, "already_undone") == 0)
        return CRM_OK;
    return status;
}

static crm_status step_run(struct story *s, enum story_step step) {
    struct session *on = &s->session;
    switch (step) {
    case STORY_CREATE_FIRST:
        return session_create(on, "first", &s->first);
    case STORY_CREATE_SECOND:
        return session_create(on, "second", &s->second);
    case STORY_UPDATE_FIRST:
        return session_update(on, s->first.id, 1, &s->first.version);
    case STORY_UPDATE_AGAIN:
        return session_update(on, s->first.id, 2, &s->first.version);
    case STORY_NOTE:
        return session_note(on, "noted");
    case STORY_BLOB:
        return keep_blob(s);
    case STORY_IMPORT:
        return session_import(on, "piece", IMPORTED, &s->parent);
    case STORY_TRASH_SECOND:
        return trash(s);
    case STORY_UNDO_IMPORT:
        return undo(s);
    case STORY_OPEN:
    case STORY_STEPS:
        break;
    }
    return CRM_OK;
}

static bool needs_are_met(const struct story *s, enum story_step step) {
    switch (step) {
    case STORY_UPDATE_FIRST:
        return s->status[STORY_CREATE_FIRST] == CRM_OK;
    case STORY_UPDATE_AGAIN:
        return s->status[STORY_UPDATE_FIRST] == CRM_OK;
    case STORY_TRASH_SECOND:
        return s->status[STORY_CREATE_SECOND] == CRM_OK;
    case STORY_UNDO_IMPORT:
        return s->status[STORY_IMPORT] == CRM_OK;
    default:
        return true;
    }
}

void story_go_on(struct story *s) {
    for (enum story_step step = STORY_CREATE_FIRST; step < STORY_STEPS; step++) {
        if (s->status[step] == CRM_OK || !needs_are_met(s, step)) continue;
        s->status[step] = step_run(s, step);
        if (s->after_step) s->after_step(s, step);
    }
}

void story_run(struct story *s, const char *dir, const char *vfs) {
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/perigee.db", dir);
    /* A database whose making was not answered is made again over what there is. */
    bool create = s->status[STORY_OPEN] != CRM_OK;
    crm_status status = session_open(&s->session, dir, vfs, create);
    if (create && status == CRM_CONFLICT) status = session_open(&s->session, dir, vfs, false);
    s->status[STORY_OPEN] = status;
    if (status == CRM_OK) story_go_on(s);
}

void story_close(struct story *s) {
    if (s->session.engine) session_close(&s->session);
}

/* ---- looking ------------------------------------------------------------------------------------
 */

static bool is_once(struct story *s, const char *key, int64_t number_min, bool trashed) {
    struct stored found;
    size_t count = 0;
    if (session_find(&s->session, key, &count, &found) != CRM_OK) return false;
    return count == 1 && found.number >= number_min && found.version >= 1 + number_min &&
           (!trashed || found.is_trashed);
}

static bool has_blob(struct story *s) {
    char bytes[sizeof blob_bytes + 1];
    int64_t len = 0;
    int fd = -1;
    if (blob_open(engine_store(s->session.engine), &s->blob, &fd, &len, &s->session.err) != CRM_OK)
        return false;
    ssize_t got = read(fd, bytes, sizeof bytes);
    close(fd);
    return got == sizeof blob_bytes - 1 && memcmp(bytes, blob_bytes, sizeof blob_bytes - 1) == 0;
}

static bool has_imported(struct story *s, bool undone) {
    size_t count = 0;
    return session_count(&s->session, "piece-", &count) == CRM_OK &&
           count == (undone ? 0 : IMPORTED_GOOD);
}

static bool has_effect(struct story *s, enum story_step step) {
    bool undone = s->status[STORY_UNDO_IMPORT] == CRM_OK;
    switch (step) {
    case STORY_CREATE_FIRST:
        return is_once(s, "first", 0, false);
    case STORY_CREATE_SECOND:
        return is_once(s, "second", 0, false);
    case STORY_UPDATE_FIRST:
        return is_once(s, "first", 1, false);
    case STORY_UPDATE_AGAIN:
        return is_once(s, "first", 2, false);
    case STORY_BLOB:
        return has_blob(s);
    case STORY_IMPORT:
        return undone || has_imported(s, false) ||
               has_imported(s, true); /* an undo without an answer may have happened */
    case STORY_TRASH_SECOND:
        return is_once(s, "second", 0, true);
    case STORY_UNDO_IMPORT:
        return has_imported(s, true);
    default:
        return true;
    }
}

enum story_step story_missing(struct story *s, bool whole) {
    for (enum story_step step = STORY_OPEN; step < STORY_STEPS; step++)
        if ((whole || s->status[step] == CRM_OK) && !has_effect(s, step)) return step;
    return STORY_STEPS;
}
