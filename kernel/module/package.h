/* A plugin on its way in: a folder, a zip or a tar.gz, copied into a folder of its own in the data
 * directory (DIR/incoming/), where it is looked at before it takes any place.
 *
 * What comes from outside is refused in words when a name goes out of the folder, when something
 * is no plain file, and when there is more of it than the limits below allow - counted while it is
 * unpacked, whatever the archive says of itself. Names that begin with a dot are passed over.
 * Private to kernel/module. Threads: one at a time for a data directory (the reload lock). */
#ifndef MODULE_PACKAGE_H
#define MODULE_PACKAGE_H

#include "base/arena.h"
#include "base/err.h"

enum {
    PACKAGE_FILES_MAX = 2000,
    PACKAGE_ENTRIES_MAX = 4 * PACKAGE_FILES_MAX, /* with folders and what is passed over */
    PACKAGE_FILE_BYTES = 16 * 1024 * 1024,
    PACKAGE_BYTES = 64 * 1024 * 1024,
    PACKAGE_DEPTH = 8,
    PACKAGE_NAME_BYTES = 200
};

struct package {
    struct str folder; /* with manifest.lua; ends in NUL */
    struct str name;   /* as the manifest says */
    struct str version;
    struct str top; /* what package_drop takes away */
};

/* `fd`: a folder or an archive; the caller's. Texts in the arena. On failure nothing is left. */
crm_status package_take(int fd, struct str data_dir, struct arena *a, struct package *ret,
                        struct err *err);
void package_drop(const struct package *p);

/* A folder with all that is in it; one that is not there is no failure. */
crm_status package_remove_folder(struct str path, struct err *err);

/* ---- shared by the readers ----------------------------------------------------------------- */
struct unpacking {
    struct arena *arena;
    struct str folder; /* ends in NUL */
    size_t files;
    int64_t bytes;
    int out; /* the file that is written; -1: none */
    int64_t out_bytes;
};

/* A name inside the package; *ret_passed: it is to be left out. */
crm_status unpacking_name(struct str name, bool *ret_passed, struct err *err);
crm_status unpacking_begin(struct unpacking *u, struct str name, struct err *err);
/* Bytes that are inflated, taken or passed over: CRM_TOO_LARGE beyond PACKAGE_BYTES of them. */
crm_status unpacking_count(struct unpacking *u, int64_t bytes, struct err *err);
crm_status unpacking_write(struct unpacking *u, struct str bytes, struct err *err);
crm_status unpacking_end(struct unpacking *u, struct err *err);

crm_status package_from_folder(int fd, struct unpacking *u, struct err *err);
crm_status package_from_zip(int fd, struct unpacking *u, struct err *err);
crm_status package_from_tar(int fd, struct unpacking *u, struct err *err);

#endif
