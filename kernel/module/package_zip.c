/* Packages that are zips, read by libzip; see package.h. The sizes that the archive states are not
 * believed. */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "module/messages.h"
#include "module/package.h"

static crm_status damaged(const char *what, struct err *err) {
    crm_status status = err_set(err, CRM_INVALID, &module_package_damaged, NULL);
    err_because(err, "%s", what);
    return status;
}

/* What Unix wrote: a mode in the upper half; anything but a plain file is refused. */
static crm_status check_kind(zip_t *z, zip_uint64_t at, struct str name, struct err *err) {
    zip_uint8_t system = 0;
    zip_uint32_t attributes = 0;
    if (zip_file_get_external_attributes(z, at, 0, &system, &attributes) != 0)
        return damaged("attributes", err);
    mode_t mode = (mode_t)(attributes >> 16);
    if (system != ZIP_OPSYS_UNIX || (mode & S_IFMT) == 0 || S_ISREG(mode)) return CRM_OK;
    return err_set_args(err, CRM_INVALID, &module_package_link, &name, 1);
}

static crm_status read_entry(zip_t *z, zip_uint64_t at, struct str name, struct unpacking *u,
                             struct err *err) {
    char piece[65536];
    zip_int64_t len = 0;
    zip_file_t *file = zip_fopen_index(z, at, 0);
    if (!file) return damaged(zip_strerror(z), err);
    crm_status status = unpacking_begin(u, name, err);
    while (status == CRM_OK && (len = zip_fread(file, piece, sizeof piece)) > 0)
        status = unpacking_write(u, str_make(piece, (size_t)len), err);
    if (status == CRM_OK && len < 0) status = damaged("an entry", err);
    if (status == CRM_OK) status = unpacking_end(u, err);
    zip_fclose(file);
    return status;
}

static crm_status take_entry(zip_t *z, zip_uint64_t at, struct unpacking *u, struct err *err) {
    bool passed = false;
    const char *raw = zip_get_name(z, at, ZIP_FL_ENC_STRICT);
    if (!raw) return damaged(zip_strerror(z), err);
    struct str name = str_from(raw);
    bool is_folder = name.len && name.ptr[name.len - 1] == '/';
    if (is_folder) name.len--;
    crm_status status = unpacking_name(name, &passed, err);
    if (status != CRM_OK || passed || is_folder) return status;
    status = check_kind(z, at, name, err);
    return status == CRM_OK ? read_entry(z, at, name, u, err) : status;
}

crm_status package_from_zip(int fd, struct unpacking *u, struct err *err) {
    int code = 0, own = dup(fd);
    zip_t *z = own >= 0 ? zip_fdopen(own, 0, &code) : NULL;
    if (!z) {
        if (own >= 0) close(own);
        return damaged("not a zip", err);
    }
    crm_status status = CRM_OK;
    zip_int64_t count = zip_get_num_entries(z, 0);
    if (count > PACKAGE_ENTRIES_MAX)
        status = err_set(err, CRM_TOO_LARGE, &module_package_large, "2,000 files", NULL);
    for (zip_int64_t i = 0; status == CRM_OK && i < count; i++)
        status = take_entry(z, (zip_uint64_t)i, u, err);
    zip_discard(z);
    return status;
}
