/* Which extensions fit. See extension_load.h. */
#include "module/extension_load.h"

#include "module/messages.h"
#include "module/plugin_look.h"

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

/* Of a module, a plugin or the program itself; empty: it is not there. */
static struct str version_of(const struct extension_load *l, struct str need) {
    if (str_is(need, "perigee")) return STR(PERIGEE_VERSION);
    for (size_t i = 0; i < l->modules->count; i++)
        if (str_is(need, l->modules->items[i]->host.module->name))
            return str_from(l->modules->items[i]->host.module->version);
    const struct extension *plugin = extension_find(l->extensions, need, false);
    return plugin && !plugin->is_out ? plugin->version : STR_NONE;
}

static crm_status check_needs(const struct extension_load *l, const struct extension *x,
                              struct err *err) {
    for (size_t i = 0; i < x->need_count; i++) {
        struct str wanted = x->need_versions ? x->need_versions[i] : STR_NONE,
                   found = version_of(l, x->needs[i]);
        const struct str args[] = {x->name, x->needs[i], wanted, found};
        if (!found.len) return err_set_args(err, CRM_UNSUPPORTED, &module_plugin_needs, args, 2);
        if (wanted.len && version_compare(found, wanted) < 0)
            return err_set_args(err, CRM_UNSUPPORTED, &module_plugin_needs_version, args, 4);
    }
    return CRM_OK;
}

static crm_status take(const struct extension_load *l, const struct extension *x, struct err *err) {
    if (!x->is_script && is_taken(l, x->name))
        return err_set_args(err, CRM_CONFLICT, &module_plugin_name_taken, &x->name, 1);
    crm_status status = check_needs(l, x, err);
    if (status != CRM_OK || x->source_count == 0) return status;
    if (x->is_made)
        return script_host_add_made(l->host, l->definitions, x->owner, x->author, x->sources, err);
    return script_host_add(l->host, l->definitions,
                           x->is_script ? SCHEMA_LAYER_ADMIN : SCHEMA_LAYER_PLUGIN, x->owner,
                           x->sources, x->source_count, err);
}

static crm_status give_back(const struct extension_load *l, const struct extension *x,
                            struct err *err) {
    schema_definitions_remove(l->definitions, x->owner);
    return script_host_remove(l->host, x->owner, err);
}

/* Without memory nobody is to blame; a script's own limit is the script's fault. */
static bool is_want_of_memory(const struct err *err) {
    return err->status == CRM_NO_MEMORY && str_is(str_from(err->text.code), "no_memory");
}

/* What is in force of one that is left out takes its place, with the reason; *ret_held: there is
 * such a version. */
static crm_status hold(const struct extension_load *l, struct extension *x, bool *ret_held,
                       struct err *err) {
    const struct extension *former =
        l->former ? extension_find(l->former, x->name, x->is_script) : NULL;
    struct script_source *sources = NULL;
    struct err *reason = x->reason;
    struct str digest = x->digest;
    size_t count = 0;
    *ret_held = former && !former->is_out;
    if (!*ret_held) return CRM_OK;
    crm_status status = script_host_sources(l->in_force, x->owner, l->arena, &sources, &count, err);
    if (status != CRM_OK) return status;
    *x = *former;
    x->reason = reason;
    x->digest = digest;
    x->sources = sources;
    x->source_count = count;
    x->is_held = true;
    return CRM_OK;
}

/* Those that are in come out again when something that they need has gone. */
static crm_status drop_needy(const struct extension_load *l, struct err *err) {
    for (bool again = true; again;) {
        again = false;
        for (size_t i = 0; i < l->extensions->count; i++) {
            struct extension *x = &l->extensions->items[i];
            struct err why;
            if (x->is_out || check_needs(l, x, &why) == CRM_OK) continue;
            extension_leave_out(x, &why);
            crm_status status = give_back(l, x, err);
            if (status != CRM_OK) return status;
            again = true;
        }
    }
    return CRM_OK;
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

static crm_status take_and_attempt(const struct extension_load *l, const struct extension *x,
                                   size_t *refusals, struct err *err) {
    struct err another;
    crm_status status = take(l, x, err);
    if (status != CRM_OK || !refusals) return status;
    status = attempt_one(l, x, refusals, err);
    if (status == CRM_OK || give_back(l, x, &another) == CRM_OK) return status;
    err_copy(err, &another);
    return another.status;
}

/* In as it lies there, or else as it is in force, or left out. Fails for want of memory. `refusals`
 * NULL: whether it fits is not looked at. */
static crm_status bring_in(const struct extension_load *l, struct extension *x, size_t *refusals,
                           struct err *err) {
    bool was_held = x->is_held, is_held = false;
    if (x->is_disabled) return CRM_OK;
    if (!x->is_out) {
        crm_status status = take_and_attempt(l, x, refusals, err);
        if (status == CRM_OK || is_want_of_memory(err)) return status;
        extension_leave_out(x, was_held ? x->reason : err);
    }
    if (was_held) return CRM_OK;
    crm_status status = hold(l, x, &is_held, err);
    if (status != CRM_OK || !is_held) return status;
    status = take_and_attempt(l, x, refusals, err);
    if (status == CRM_OK || is_want_of_memory(err)) return status;
    extension_leave_out(x, x->reason);
    return CRM_OK;
}

static crm_status take_one_by_one(const struct extension_load *l, struct err *err) {
    struct extensions *all = l->extensions;
    size_t refusals = 0;
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < all->count; i++)
        if (!all->items[i].is_out) status = give_back(l, &all->items[i], err);
    if (status == CRM_OK) status = attempt_one(l, NULL, &refusals, err);
    for (size_t i = 0; status == CRM_OK && i < all->count; i++)
        if (!all->items[i].is_out) status = bring_in(l, &all->items[i], &refusals, err);
    return status == CRM_OK ? drop_needy(l, err) : status;
}

static crm_status take_all(const struct extension_load *l, struct err *err) {
    crm_status status = CRM_OK;
    for (size_t i = 0; status == CRM_OK && i < l->extensions->count; i++)
        status = bring_in(l, &l->extensions->items[i], NULL, err);
    return status == CRM_OK ? drop_needy(l, err) : status;
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
