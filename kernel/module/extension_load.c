/* Which extensions fit. See extension_load.h. */
#include "module/extension_load.h"

#include "module/messages.h"

enum { TRIAL_BYTES = 256 * 1024 * 1024 };

/* ---- one in, one out ---------------------------------------------------------------------- */

/* Names of owners that are taken, or would be mistaken for the kernel's. */
static bool is_taken(const struct extension_load *l, struct str name) {
    static const char *const ours[] = {"kernel", "script", "scripts", "admin"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (str_is(name, ours[i])) return true;
    for (size_t i = 0; i < l->modules->count; i++)
        if (str_is(name, l->modules->items[i]->host.module->name)) return true;
    return false;
}

static bool is_there(const struct extension_load *l, struct str need) {
    for (size_t i = 0; i < l->modules->count; i++)
        if (str_is(need, l->modules->items[i]->host.module->name)) return true;
    const struct extension *plugin = extension_find(l->extensions, need, false);
    return plugin && !plugin->is_out;
}

static crm_status check_needs(const struct extension_load *l, const struct extension *x,
                              struct err *err) {
    for (size_t i = 0; i < x->need_count; i++) {
        const struct str args[] = {x->name, x->needs[i]};
        if (!is_there(l, x->needs[i]))
            return err_set_args(err, CRM_UNSUPPORTED, &module_plugin_needs, args, 2);
    }
    return CRM_OK;
}

static crm_status take(const struct extension_load *l, const struct extension *x, struct err *err) {
    if (!x->is_script && is_taken(l, x->name))
        return err_set_args(err, CRM_CONFLICT, &module_plugin_name_taken, &x->name, 1);
    crm_status status = check_needs(l, x, err);
    if (status != CRM_OK || x->source_count == 0) return status;
    return script_host_add(l->host, l->definitions,
                           x->is_script ? SCHEMA_LAYER_ADMIN : SCHEMA_LAYER_PLUGIN, x->owner,
                           x->sources, x->source_count, err);
}

static void give_back(const struct extension_load *l, const struct extension *x) {
    script_host_remove(l->host, x->owner);
    schema_definitions_remove(l->definitions, x->owner);
}

/* Those that are in come out again when something that they need has gone. */
static void drop_needy(const struct extension_load *l) {
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < l->extensions->count; i++) {
            struct extension *x = &l->extensions->items[i];
            struct err why;
            if (x->is_out || check_needs(l, x, &why) == CRM_OK) continue;
            give_back(l, x);
            extension_leave_out(x, &why);
            again = true;
        }
    }
}

/* ---- trials ------------------------------------------------------------------------------- */

/* A refused step is an extension's when it was not there without it. */
static crm_status refused(const struct schema_plan *plan, struct str shown, struct err *err) {
    const struct err *found = NULL;
    for (size_t i = 0; i < plan->step_count; i++) {
        const struct schema_step *step = &plan->steps[i];
        if (step->kind != SCHEMA_STEP_REFUSED) continue;
        if (!found || str_starts_with(str_from(step->refusal->where), shown)) found = step->refusal;
    }
    err_copy(err, found);
    return CRM_REFUSED;
}

static crm_status check_handlers(const struct extension_load *l, const struct schema *schema,
                                 struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < l->extensions->count; i++)
        if (!l->extensions->items[i].is_out)
            status = script_host_check(l->host, schema, l->extensions->items[i].owner, err);
    return status;
}

static crm_status plan_in(const struct extension_load *l, struct arena *a, struct schema_plan *ret,
                          struct err *err) {
    return schema_plan_make(a, l->definitions, l->registry, l->generation, ret, err);
}

/* Everything at hand at once; any refused step is looked into one by one. */
static crm_status attempt_all(const struct extension_load *l, struct schema_plan *ret,
                              struct err *err) {
    struct schema_plan plan;
    crm_status status = plan_in(l, l->arena, &plan, err);
    if (status != CRM_OK) return status;
    status =
        plan.refused_count ? refused(&plan, STR_NONE, err) : check_handlers(l, plan.schema, err);
    if (status == CRM_OK)
        *ret = plan;
    else
        schema_plan_fini(&plan);
    return status;
}

/* *refusals: of what fits so far. */
static crm_status attempt_one(const struct extension_load *l, const struct extension *x,
                              size_t *refusals, struct err *err) {
    struct arena a;
    struct schema_plan plan;
    arena_init(&a, TRIAL_BYTES);
    crm_status status = plan_in(l, &a, &plan, err);
    if (status == CRM_OK) {
        if (x && plan.refused_count > *refusals)
            status = refused(&plan, x->shown, err);
        else if (x)
            status = script_host_check(l->host, plan.schema, x->owner, err);
        else
            *refusals = plan.refused_count;
        schema_plan_fini(&plan);
    }
    arena_fini(&a);
    return status;
}

/* Without memory nobody is to blame; a script's own limit is the script's fault. */
static bool is_want_of_memory(const struct err *err) {
    return err->status == CRM_NO_MEMORY && str_is(str_from(err->text.code), "no_memory");
}

static crm_status take_one_by_one(const struct extension_load *l, struct err *err) {
    struct extensions *all = l->extensions;
    size_t refusals = 0;
    for (size_t i = 0; i < all->count; i++)
        if (!all->items[i].is_out) give_back(l, &all->items[i]);
    crm_status status = attempt_one(l, NULL, &refusals, err);
    if (status != CRM_OK) return status;
    for (size_t i = 0; i < all->count; i++) {
        struct extension *x = &all->items[i];
        if (x->is_out) continue;
        status = take(l, x, err);
        if (status == CRM_OK) {
            status = attempt_one(l, x, &refusals, err);
            if (status != CRM_OK) give_back(l, x);
        }
        if (status == CRM_OK) continue;
        if (is_want_of_memory(err)) return status;
        extension_leave_out(x, err);
    }
    drop_needy(l);
    return CRM_OK;
}

static crm_status take_all(const struct extension_load *l, struct err *err) {
    for (size_t i = 0; i < l->extensions->count; i++) {
        struct extension *x = &l->extensions->items[i];
        if (x->is_out || take(l, x, err) == CRM_OK) continue;
        if (is_want_of_memory(err)) return CRM_NO_MEMORY;
        extension_leave_out(x, err);
    }
    drop_needy(l);
    return CRM_OK;
}

crm_status extensions_plan(const struct extension_load *l, struct schema_plan *ret,
                           struct err *err) {
    crm_status status = take_all(l, err);
    if (status != CRM_OK) return status;
    if (extensions_left_out(l->extensions) < l->extensions->count) {
        status = attempt_all(l, ret, err);
        if (status == CRM_OK || is_want_of_memory(err)) return status;
        status = take_one_by_one(l, err);
        if (status != CRM_OK) return status;
    }
    return plan_in(l, l->arena, ret, err);
}
