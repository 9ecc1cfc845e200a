/* See copy.h. */
#include "store/copy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/driver.h"
#include "store/messages.h"

static void remove_files(const char *folder) {
    static const char *const files[] = {"perigee.db", "perigee.db-wal", "perigee.db-shm",
                                        "perigee.db-journal"};
    char path[600];
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, files[i]);
        (void)unlink(path);
    }
    (void)snprintf(path, sizeof path, "%s/blobs", folder);
    (void)rmdir(path);
    (void)rmdir(folder);
}

static crm_status make_folder(struct store_conn *from, struct store_copy *ret, struct err *err) {
    struct str dir = store_data_dir(from->store);
    int len = snprintf(ret->folder, sizeof ret->folder, "%.*s/copy-XXXXXX", STR_ARG(dir));
    if (len > 0 && (size_t)len < sizeof ret->folder && mkdtemp(ret->folder)) return CRM_OK;
    ret->folder[0] = '\0';
    return err_internal(err, "no folder for a copy: errno %d", errno);
}

crm_status store_copy_open(struct store_conn *from, struct store_copy *ret, struct err *err) {
    *ret = (struct store_copy){.store = NULL};
    if (!from->driver->copy) return err_set(err, CRM_UNSUPPORTED, &store_text_no_copy, NULL);
    crm_status status = make_folder(from, ret, err);
    char path[600];
    (void)snprintf(path, sizeof path, "%s/perigee.db", ret->folder);
    if (status == CRM_OK) status = from->driver->copy(from, path, err);
    const struct store_options options = {.data_dir = str_from(ret->folder)};
    if (status == CRM_OK) status = store_open(&options, &ret->store, err);
    if (status == CRM_OK) status = store_conn_open(ret->store, STORE_READER, &ret->conn, err);
    if (status != CRM_OK) {
        store_copy_close(ret);
        return status;
    }
    store_conn_set_company(ret->conn, &from->company);
    return CRM_OK;
}

void store_copy_close(struct store_copy *copy) {
    if (copy->conn) store_conn_close(copy->conn);
    if (copy->store) store_close(copy->store);
    if (copy->folder[0]) remove_files(copy->folder);
    *copy = (struct store_copy){.store = NULL};
}
