#include "store/blob_mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"
#include "store/driver.h"
#include "store/messages.h"
#include "store/note.h"

enum {
    PATH_BYTES = 4352,
    MARK_BYTES = 16,
    MARK_TEXT_BYTES = 2 * MARK_BYTES,
    ARENA_BYTES = 1 << 16
};

#define KEY STR("blobs")

static crm_status failed(const char *what, struct err *err) {
    int reason = errno;
    crm_status status = err_set(err, CRM_IO, &store_text_io, NULL);
    err_because(err, "%s: errno %d", what, reason);
    return status;
}

/* Empty when there is none. */
static struct str read_mark(const char *path, struct arena *a) {
    char text[MARK_TEXT_BYTES + 2];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, text, sizeof text) : 0;
    if (fd >= 0) close(fd);
    return len > 0 ? arena_str(a, str_trim(str_make(text, (size_t)len))) : STR_NONE;
}

static crm_status write_mark(const struct store *s, const char *path, struct str text,
                             struct err *err) {
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%s/blobs", s->data_dir);
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) return failed("blobs", err);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return failed("mark of blobs", err);
    bool ok = write(fd, text.ptr, text.len) == (ssize_t)text.len && fsync(fd) == 0;
    crm_status status = ok ? CRM_OK : failed("mark of blobs", err);
    close(fd);
    return status;
}

/* A folder that has a mark already keeps it. */
static crm_status make_mark(struct store *s, struct store_conn *writer, const char *path,
                            struct str found, struct arena *a, struct err *err) {
    BUF_CLEANUP struct buf text;
    uint8_t bytes[MARK_BYTES];
    crm_status status = CRM_OK;
    buf_init(&text, MARK_TEXT_BYTES + 1);
    random_bytes(bytes, sizeof bytes);
    hex_format(bytes, sizeof bytes, &text);
    if (text.status != CRM_OK) return err_no_memory(err);
    struct str mark = found.len ? found : arena_str(a, buf_str(&text));
    if (!found.len) status = write_mark(s, path, mark, err);
    if (status == CRM_OK) status = store_begin(writer, err);
    if (status != CRM_OK) return status;
    status = store_note_put(writer, KEY, mark, err);
    if (status == CRM_OK) return store_commit(writer, err);
    store_rollback(writer);
    return status;
}

crm_status blob_mark_check(struct store *s, struct store_conn *writer, struct err *err) {
    struct arena a;
    struct str noted = STR_NONE;
    char path[PATH_BYTES];
    snprintf(path, sizeof path, "%s/blobs/.shared", s->data_dir);
    arena_init(&a, ARENA_BYTES);
    crm_status status = store_note_get(writer, KEY, &a, &noted, err);
    struct str found = read_mark(path, &a);
    if (status == CRM_OK && !noted.len)
        status = make_mark(s, writer, path, found, &a, err);
    else if (status == CRM_OK && !str_eq(noted, found)) {
        const struct str args[] = {str_from(s->data_dir), noted};
        status = err_set_args(err, CRM_CONFLICT, &store_text_blobs_foreign, args, 2);
    }
    arena_fini(&a);
    return status;
}
