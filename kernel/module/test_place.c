/* See test_place.h. */
#include "module/test_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "module/files.h"
#include "module/messages.h"
#include "module/package.h"

enum { SCRIPT_BYTES = 4 * 1024 * 1024 };

struct placing {
    struct arena *arena;
    struct test_place *place;
};

/* ---- what is tested goes into a data directory ------------------------------------------------
 */

static crm_status make_folder(struct placing *t, struct err *err) {
    const char *above = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
    struct str path = arena_printf(t->arena, "%s/perigee-lua-XXXXXX", above);
    if (!path.ptr) return err_no_memory(err);
    if (!mkdtemp((char *)(uintptr_t)path.ptr)) return files_failure(path, err);
    t->place->folder = path;
    return CRM_OK;
}

static crm_status put_inside(struct placing *t, const char *folder, struct str *ret,
                             struct err *err) {
    *ret = arena_printf(t->arena, "%.*s/%s", STR_ARG(t->place->folder), folder);
    return ret->ptr ? files_folder(*ret, err) : err_no_memory(err);
}

static crm_status put_plugin(struct placing *t, int fd, struct err *err) {
    struct arena *a = t->arena;
    struct package p = {0};
    struct str plugins = STR_NONE;
    crm_status status = package_take(fd, t->place->folder, a, &p, err);
    if (status == CRM_OK) status = put_inside(t, "plugins", &plugins, err);
    if (status != CRM_OK) return status;
    struct str place = arena_printf(a, "%.*s/%.*s", STR_ARG(plugins), STR_ARG(p.name));
    struct str tests = arena_printf(a, "%.*s/tests", STR_ARG(place));
    if (!place.ptr || !tests.ptr) return err_no_memory(err);
    if (rename(p.folder.ptr, place.ptr) != 0) return files_failure(place, err);
    t->place->owner = p.name;
    return script_sources_read(a, tests, STR("tests"), &t->place->files, &t->place->file_count,
                               err);
}

/* "x/renewals.lua" and "x/renewals_test.lua" */
static crm_status put_script(struct placing *t, struct str path, struct err *err) {
    struct arena *a = t->arena;
    struct str scripts = STR_NONE, text = STR_NONE, whole = arena_str(a, path);
    const char *slash = memrchr(path.ptr, '/', path.len);
    size_t head = slash ? (size_t)(slash - path.ptr) + 1 : 0, tail = strlen(".lua");
    if (!str_ends_with(path, STR(".lua")))
        return err_set_args(err, CRM_INVALID, &module_test_what, &path, 1);
    struct str name = str_make(path.ptr + head, path.len - head - tail);
    struct str tests = arena_printf(a, "%.*s_test.lua", (int)(path.len - tail), path.ptr);
    t->place->files = ARENA_NEW(a, struct script_source);
    t->place->owner = arena_printf(a, "scripts/%.*s", STR_ARG(name));
    if (!whole.ptr || !tests.ptr || !t->place->files || !t->place->owner.ptr)
        return err_no_memory(err);
    crm_status status = put_inside(t, "scripts", &scripts, err);
    struct str place = arena_printf(a, "%.*s/%.*s.lua", STR_ARG(scripts), STR_ARG(name));
    if (status == CRM_OK) status = files_read(a, whole, SCRIPT_BYTES, &text, err);
    if (status == CRM_OK) status = files_write(place, text, err);
    if (status == CRM_OK) status = files_read(a, tests, SCRIPT_BYTES, &t->place->files->text, err);
    t->place->files->name = tests;
    t->place->file_count = 1;
    return status;
}

static crm_status put_what(struct placing *t, struct str path, struct err *err) {
    struct stat facts;
    const char *name = arena_cstr(t->arena, path);
    if (!name) return err_no_memory(err);
    if (stat(name, &facts) != 0) return files_failure(path, err);
    if (!S_ISDIR(facts.st_mode)) return put_script(t, path, err);
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return files_failure(path, err);
    crm_status status = put_plugin(t, fd, err);
    close(fd);
    return status;
}

void test_place_remove(const struct test_place *p) {
    if (p->folder.len) (void)package_remove_folder(p->folder, NULL);
}

crm_status test_place_make(struct str what, struct arena *a, struct test_place *ret,
                           struct err *err) {
    struct placing t = {a, ret};
    *ret = (struct test_place){0};
    crm_status status = make_folder(&t, err);
    return status == CRM_OK ? put_what(&t, what, err) : status;
}
