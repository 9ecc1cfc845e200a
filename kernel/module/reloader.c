/* Watching the folders of plugins and scripts in the data directory. See reload.h.
 *
 * A thread of its own with a loop: folders are told of when they have been quiet, then everything
 * is loaded anew here; what changes meanwhile is told of again. */
#include <dirent.h>
#include <stdlib.h>

#include "base/log.h"
#include "loop/loop.h"
#include "loop/watch.h"
#include "module/files.h"
#include "module/kernel_state.h"
#include "module/reload.h"

enum { QUIET_MS = 200, WATCHES_MAX = 1000, NAMES_BYTES = 1024 * 1024, REPORT_BYTES = 16 << 20 };

struct reloader {
    struct kernel *kernel;
    struct loop *loop;
    struct work first, last, asked;
    atomic_bool is_asked; /* the work is on its way */
    struct loop_watch *watches[WATCHES_MAX];
    size_t count;
};

/* ---- in the loop ----------------------------------------------------------------------------- */

static void on_changed(void *ctx);

static void forget_all(struct reloader *r) {
    for (size_t i = 0; i < r->count; i++)
        loop_watch_stop(r->watches[i]);
    r->count = 0;
}

static void watch(struct reloader *r, struct str folder) {
    struct err err;
    if (r->count == WATCHES_MAX || !folder.ptr) return;
    const struct loop_watch_options options = {folder.ptr, QUIET_MS, on_changed, r};
    crm_status status = loop_watch_start(r->loop, &options, &r->watches[r->count], &err);
    if (status == CRM_OK)
        r->count++;
    else if (status != CRM_NOT_FOUND)
        log_err(LOG_WARN, "folder_not_watched", &err);
}

static void watch_plugin(struct reloader *r, struct str folder, struct arena *a) {
    static const char *const parts[] = {"entities", "automations", "reports",
                                        "views",    "ui",          "locale"};
    watch(r, folder);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        watch(r, arena_printf(a, "%.*s/%s", STR_ARG(folder), parts[i]));
}

/* Folders come and go: all are watched anew. */
static void watch_all(struct reloader *r) {
    struct arena a;
    struct err err;
    arena_init(&a, NAMES_BYTES);
    struct str data = r->kernel->places.data_dir;
    struct str scripts = arena_printf(&a, "%.*s/scripts", STR_ARG(data)),
               plugins = arena_printf(&a, "%.*s/plugins", STR_ARG(data));
    forget_all(r);
    if (scripts.ptr && files_folder(scripts, &err) == CRM_OK) watch(r, scripts);
    if (plugins.ptr && files_folder(plugins, &err) == CRM_OK) watch(r, plugins);
    DIR *dir = plugins.ptr ? opendir(plugins.ptr) : NULL;
    for (const struct dirent *e; dir && (e = readdir(dir));)
        if (e->d_name[0] != '.')
            watch_plugin(r, arena_printf(&a, "%.*s/%s", STR_ARG(plugins), e->d_name), &a);
    if (dir) closedir(dir);
    arena_fini(&a);
}

static crm_status load(struct reloader *r) {
    struct reload_report report;
    struct arena a;
    struct err err;
    arena_init(&a, REPORT_BYTES);
    const struct reload_options options = {0};
    crm_status status = kernel_reload(r->kernel, &options, &a, &report, &err);
    if (status != CRM_OK) log_err(LOG_ERROR, "reload_failed", &err);
    arena_fini(&a);
    return status;
}

/* Watched anew first, so that nothing changes unseen between the look and the watch. */
static void on_changed(void *ctx) {
    struct reloader *r = ctx;
    if (kernel_is_stopping(r->kernel)) return;
    watch_all(r);
    (void)load(r);
}

static void answer(struct work *w, void *loop) {
    struct reloader *r = (struct reloader *)(void *)((char *)w - offsetof(struct reloader, asked));
    (void)loop;
    atomic_store(&r->is_asked, false);
    if (kernel_is_stopping(r->kernel)) return;
    if (load(r) == CRM_UNAVAILABLE) reloader_ask(r); /* another node has the schema in its hands */
}

static void begin(struct work *w, void *loop) {
    (void)loop;
    watch_all((struct reloader *)(void *)((char *)w - offsetof(struct reloader, first)));
}

static void end(struct work *w, void *loop) {
    forget_all((struct reloader *)(void *)((char *)w - offsetof(struct reloader, last)));
    loop_stop(loop);
}

/* ---- from outside ---------------------------------------------------------------------------- */

crm_status reloader_start(struct kernel *k, struct reloader **ret, struct err *err) {
    struct reloader *r = calloc(1, sizeof *r);
    if (!r) return err_no_memory(err);
    r->kernel = k;
    r->first.run = begin;
    r->last.run = end;
    r->asked.run = answer;
    crm_status status = loop_new(&r->loop, err);
    if (status == CRM_OK) status = loop_start_thread(r->loop, "reload", err);
    if (status != CRM_OK) {
        loop_free(r->loop);
        free(r);
        return status;
    }
    (void)loop_post(r->loop, &r->first); /* taken until reloader_stop */
    *ret = r;
    return CRM_OK;
}

void reloader_ask(struct reloader *r) {
    if (!r || atomic_exchange(&r->is_asked, true)) return;
    (void)loop_post(r->loop, &r->asked); /* taken until reloader_stop */
}

void reloader_stop(struct reloader *r) {
    if (!r) return;
    (void)loop_post(r->loop, &r->last);
    loop_join(r->loop);
    loop_free(r->loop);
    free(r);
}
