/* Definitions of the kernel, of modules in their order and of extensions, and the plan from what
 * the database has to what they say. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "module/extension_load.h"
#include "module/kernel_state.h"
#include "module/made.h"
#include "module/messages.h"
#include "record/lists.h"
#include "script/definitions.h"

enum { SOURCES_BYTES = 64 * 1024 * 1024, SOURCE_MAX_BYTES = 4 * 1024 * 1024 };

struct gathering {
    struct arena *arena;
    const struct crm_host *host;
    struct script_source *sources;
    size_t count, capacity;
};

static crm_status add_source(struct gathering *g, struct script_source source, struct err *err) {
    g->sources = arena_grow(g->arena, g->sources, g->count, &g->capacity, sizeof *g->sources);
    if (!g->sources || !source.name.ptr || !source.text.ptr) return err_no_memory(err);
    g->sources[g->count++] = source;
    return CRM_OK;
}

static crm_status read_all(int fd, struct buf *out, struct err *err) {
    for (;;) {
        char *room = buf_reserve(out, 65536);
        if (!room) return err_no_memory(err);
        ssize_t len = read(fd, room, 65536);
        if (len < 0 && errno == EINTR) continue;
        if (len < 0) return err_internal(err, "read: %s", strerror(errno));
        if (len == 0) return CRM_OK;
        buf_commit(out, (size_t)len);
    }
}

static crm_status add_file(struct gathering *g, const char *name, struct err *err) {
    struct str path = arena_printf(g->arena, "%s/%s", g->host->folder, name);
    int fd = path.ptr ? open(path.ptr, O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) {
        err_set(err, CRM_NOT_FOUND, &module_file_missing, NULL);
        err_at(err, "%s/%s", g->host->module->name, name);
        return CRM_NOT_FOUND;
    }
    BUF_CLEANUP struct buf text;
    buf_init(&text, SOURCE_MAX_BYTES);
    crm_status status = read_all(fd, &text, err);
    close(fd);
    if (status != CRM_OK) return status;
    const struct script_source source = {
        arena_printf(g->arena, "%s/%s", g->host->module->name, name),
        arena_str(g->arena, buf_str(&text))};
    return add_source(g, source, err);
}

static crm_status add_folder(struct gathering *g, const char *name, struct err *err) {
    struct script_source *found = NULL;
    size_t count = 0;
    struct str path = arena_printf(g->arena, "%s/%s", g->host->folder, name);
    struct str shown = arena_printf(g->arena, "%s/%s", g->host->module->name, name);
    if (!path.ptr || !shown.ptr) return err_no_memory(err);
    if (access(path.ptr, R_OK) != 0) {
        err_set(err, CRM_NOT_FOUND, &module_file_missing, NULL);
        err_at(err, "%s", path.ptr);
        return CRM_NOT_FOUND;
    }
    crm_status status = script_sources_read(g->arena, path, shown, &found, &count, err);
    for (size_t i = 0; status == CRM_OK && i < count; i++)
        status = add_source(g, found[i], err);
    return status;
}

static crm_status gather(struct gathering *g, const struct registry *r, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; i < r->definition_count && status == CRM_OK; i++) {
        const struct registered_definition *item = &r->definitions[i];
        if (item->host != g->host) continue;
        switch (item->source) {
        case DEFINITION_FILE:
            status = add_file(g, item->name, err);
            break;
        case DEFINITION_FOLDER:
            status = add_folder(g, item->name, err);
            break;
        case DEFINITION_TEXT:
            status = add_source(
                g,
                (struct script_source){
                    arena_printf(g->arena, "%s/%s", g->host->module->name, item->name), item->text},
                err);
            break;
        }
    }
    return status;
}

crm_status kernel_sources(struct kernel *k, const struct crm_host *host, struct arena *a,
                          struct script_source **ret, size_t *ret_count, struct err *err) {
    struct gathering g = {.arena = a, .host = host};
    crm_status status = gather(&g, &k->modules.registry, err);
    if (status != CRM_OK) return status;
    *ret = g.sources;
    *ret_count = g.count;
    return CRM_OK;
}

static crm_status load(struct kernel *k, struct schema_definitions *d, struct script_host *scripts,
                       struct err *err) {
    crm_status status = script_definitions_load_kernel(d, err);
    for (size_t i = 0; i < k->modules.count && status == CRM_OK; i++) {
        const struct crm_host *host = &k->modules.items[i]->host;
        struct script_source *sources = NULL;
        size_t count = 0;
        struct arena a;
        arena_init(&a, SOURCES_BYTES);
        status = kernel_sources(k, host, &a, &sources, &count, err);
        if (status == CRM_OK && count)
            status = script_host_add(scripts, d, SCHEMA_LAYER_MODULE, str_from(host->module->name),
                                     sources, count, err);
        arena_fini(&a);
    }
    return status;
}

static crm_status plan_with(struct kernel *k, struct extension_load *l, struct schema_plan *ret,
                            struct err *err) {
    struct schema_registry registry;
    crm_status status = load(k, l->definitions, l->host, err);
    if (status == CRM_OK) status = engine_registry(k->engine, l->arena, &registry, err);
    if (status != CRM_OK) return status;
    l->generation = engine_plan_number(k->engine);
    l->registry = &registry; /* for this plan only */
    status = extensions_plan(l, ret, err);
    l->registry = NULL;
    return status;
}

crm_status kernel_extensions_find(struct kernel *k, struct arena *a, struct extensions *ret,
                                  struct err *err) {
    crm_status status = extensions_find(a, &k->places, ret, err);
    return status == CRM_OK ? made_extensions(k, a, ret, err) : status;
}

crm_status kernel_plan_with(struct kernel *k, struct arena *a, struct script_host *host,
                            struct kernel_plan *ret, struct err *err) {
    crm_status status = kernel_extensions_find(k, a, &ret->extensions, err);
    return status == CRM_OK ? kernel_plan_again(k, a, host, NULL, ret, err) : status;
}

crm_status kernel_plan_again(struct kernel *k, struct arena *a, struct script_host *host,
                             const struct extensions *former, struct kernel_plan *ret,
                             struct err *err) {
    struct extension_load l = {.arena = a,
                               .extensions = &ret->extensions,
                               .modules = &k->modules,
                               .host = host,
                               .in_force = k->scripts,
                               .former = former};
    crm_status status = schema_definitions_new(&l.definitions, err);
    if (status != CRM_OK) return status;
    status = plan_with(k, &l, &ret->schema, err);
    if (status == CRM_OK)
        ret->files = l.definitions;
    else
        schema_definitions_free(l.definitions);
    return status;
}

/* Handlers are only tried, in a host of their own. */
crm_status kernel_plan_make(struct kernel *k, struct arena *a, struct kernel_plan *ret,
                            struct err *err) {
    struct script_host *trial = NULL;
    const struct script_host_options options = {.pool_of = k->scripts};
    crm_status status = script_host_new(&options, &trial, err);
    if (status != CRM_OK) return status;
    status = kernel_plan_with(k, a, trial, ret, err);
    script_host_free(trial);
    return status;
}

void kernel_plan_fini(struct kernel_plan *plan) {
    schema_plan_fini(&plan->schema);
    schema_definitions_free(plan->files);
    plan->files = NULL;
}

void kernel_files_take(struct kernel *k, struct kernel_plan *plan) {
    pthread_mutex_lock(&k->schema.mu);
    struct schema_definitions *former = k->schema.files;
    k->schema.files = plan->files;
    plan->files = former;
    snprintf(k->schema.files_digest, sizeof k->schema.files_digest, "%.*s",
             STR_ARG(plan->schema.schema->digest));
    pthread_mutex_unlock(&k->schema.mu);
}

crm_status kernel_files_change(struct kernel *k, struct kernel_plan *files,
                               const struct schema_change *change, struct arena *a,
                               struct schema_plan *ret, struct err *err) {
    char former[sizeof k->schema.files_digest];
    struct schema_change taking_over = *change;
    taking_over.takes_over = true;
    pthread_mutex_lock(&k->schema.mu);
    memcpy(former, k->schema.files_digest, sizeof former);
    pthread_mutex_unlock(&k->schema.mu);
    kernel_files_take(k, files);
    crm_status status = kernel_schema_change(k, &taking_over, STR_NONE, a, ret, err);
    if (status == CRM_OK) return CRM_OK;
    kernel_files_take(k, files);
    pthread_mutex_lock(&k->schema.mu);
    memcpy(k->schema.files_digest, former, sizeof former);
    pthread_mutex_unlock(&k->schema.mu);
    return status;
}

crm_status kernel_apply(struct kernel *k, const struct schema_plan *plan, struct err *err) {
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct schema_step *step = &plan->steps[i];
        if (step->kind != SCHEMA_STEP_REFUSED) continue;
        err_copy(err, step->refusal);
        err_at(err, "%.*s", STR_ARG(step->subject));
        err->status = CRM_REFUSED;
        return CRM_REFUSED;
    }
    crm_status status = engine_schema_apply(k->engine, plan, err);
    return status == CRM_OK ? lists_settle(k->engine, plan, err) : status;
}
