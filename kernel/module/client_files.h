/* What modules and plugins bring for the browser: the files of their ui/ folders, read when the
 * server starts and served under a digest of them, so that a browser may keep them for ever.
 *
 * Owners are those with a view that names a file. A folder that cannot be served is a fact about
 * its owner, kept for administrators; nobody else is harmed by it. Threads: read once on the main
 * thread, any afterwards. Owns an arena with everything. */
#ifndef MODULE_CLIENT_FILES_H
#define MODULE_CLIENT_FILES_H

#include <stdatomic.h>

#include "module/kernel.h"

enum {
    CLIENT_FILE_MAX = 1024 * 1024,
    CLIENT_FOLDER_MAX = 4 * CLIENT_FILE_MAX,
    CLIENT_FILES_MAX = 100
};

struct client_file {
    struct str name, bytes;
};

struct client_owner {
    struct str owner;
    struct schema_label label;
    struct str base; /* "/ui/insurance/0f3a.../", empty: nothing is served */
    struct str digest;
    struct client_file *files;
    size_t file_count;
    struct err *problem; /* NULL: none */
};

/* Counted, never changed once it is shown. */
struct client_files {
    atomic_int refs;
    struct arena arena;
    struct client_owner *owners;
    size_t count;
};

/* Read anew and shown in the place of what was. Fails only without memory. */
crm_status client_files_load(struct kernel *k, struct err *err);
struct client_files *client_files_ref(struct kernel *k);
struct client_files *client_files_unref(struct client_files *f); /* NULL is fine; returns NULL */
const struct client_owner *client_owner_find(const struct client_files *f, struct str owner);
const struct client_file *client_file_find(const struct client_owner *o, struct str name);

/* client_rest.c */
crm_status client_rest_register(struct kernel *k, struct http_server *s, struct err *err);

#endif
