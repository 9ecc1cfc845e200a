/* See loaded.h. */
#include "module/loaded.h"

#include <stdlib.h>

#include "module/kernel_state.h"

enum { LOADED_BYTES = 64 * 1024 * 1024 };

static crm_status copy(struct arena *a, const struct extension *from, struct extension *x,
                       struct err *err) {
    struct str *const texts[] = {&x->name,    &x->owner,         &x->shown,         &x->folder,
                                 &x->version, &x->label.text[0], &x->label.text[1], &x->digest};
    *x = *from;
    for (size_t t = 0; t < sizeof texts / sizeof *texts; t++) {
        *texts[t] = arena_str(a, *texts[t]);
        if (!texts[t]->ptr) return err_no_memory(err);
    }
    struct str *needs = ARENA_ARRAY(a, from->need_count + 1, struct str),
               *versions = ARENA_ARRAY(a, from->need_count + 1, struct str);
    x->reason = ARENA_NEW(a, struct err);
    if (!x->reason || !needs || !versions) return err_no_memory(err);
    for (size_t i = 0; i < from->need_count; i++) {
        needs[i] = arena_str(a, from->needs[i]);
        versions[i] = arena_str(a, from->need_versions ? from->need_versions[i] : STR_NONE);
        if (!needs[i].ptr || !versions[i].ptr) return err_no_memory(err);
    }
    err_copy(x->reason, from->reason);
    x->needs = needs;
    x->need_versions = versions;
    x->sources = NULL;
    x->source_count = 0;
    return CRM_OK;
}

crm_status loaded_new(const struct extensions *from, struct loaded **ret, struct err *err) {
    struct loaded *l = calloc(1, sizeof *l);
    if (!l) return err_no_memory(err);
    atomic_init(&l->refs, 1);
    arena_init(&l->arena, LOADED_BYTES);
    l->extensions.items = ARENA_ARRAY(&l->arena, from->count + 1, struct extension);
    l->extensions.count = from->count;
    crm_status status = l->extensions.items ? CRM_OK : err_no_memory(err);
    for (size_t i = 0; status == CRM_OK && i < from->count; i++)
        status = copy(&l->arena, &from->items[i], &l->extensions.items[i], err);
    if (status == CRM_OK)
        *ret = l;
    else
        loaded_unref(l);
    return status;
}

struct loaded *loaded_unref(struct loaded *l) {
    if (!l || atomic_fetch_sub(&l->refs, 1) != 1) return NULL;
    arena_fini(&l->arena);
    free(l);
    return NULL;
}

struct loaded *kernel_loaded(struct kernel *k) {
    pthread_mutex_lock(&k->loaded_mu);
    struct loaded *l = k->loaded;
    if (l) atomic_fetch_add(&l->refs, 1);
    pthread_mutex_unlock(&k->loaded_mu);
    return l;
}

void kernel_loaded_show(struct kernel *k, struct loaded *l) {
    pthread_mutex_lock(&k->loaded_mu);
    struct loaded *former = k->loaded;
    k->loaded = l;
    pthread_mutex_unlock(&k->loaded_mu);
    loaded_unref(former);
    if (k->http)
        http_server_extensions(k->http, l->extensions.count,
                               extensions_left_out(&l->extensions) + k->modules.left_out_count);
}
