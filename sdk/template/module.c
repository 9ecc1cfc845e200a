/* template: a module to copy. It adds one command and one route that say how many records there
 * are.
 *
 * Not a place for work of its own: a module's descriptor stands in module.c, each noun in its own
 * file. Threads: init on the main thread, handlers where their service says. Owns its state. */
#include <stdlib.h>

#include <crm/services.h>

struct template {
    struct crm crm;
};

static const struct crm_text template_no_entity = {"no_such_entity", "There is no entity {0}.",
                                                   "Нет сущности {0}."};

static crm_status count_records(const struct crm *crm, struct crm_view *view, struct crm_str name,
                                int64_t *ret, struct crm_error *err) {
    const struct crm_entity *entity = crm->schema->entity(view, name);
    if (!entity) return crm->base->error_set(err, CRM_NOT_FOUND, &template_no_entity, &name, 1);
    struct crm_list list = {.size = sizeof list, .entity = entity};
    return crm->query->count(view, &list, ret, err);
}

static crm_status run_count(void *state, struct crm_command *c, struct crm_error *err) {
    const struct crm *crm = &((struct template *)state)->crm;
    int64_t count = 0;
    crm_status status =
        count_records(crm, crm->command->view(c), crm->command->argument(c, "ENTITY"), &count, err);
    if (status != CRM_OK) return status;
    struct crm_json *result = crm->command->result(c);
    crm->base->json_object_open(result);
    crm->base->json_key(result, CRM_STR("count"));
    crm->base->json_int64(result, count);
    crm->base->json_object_shut(result);
    return CRM_OK;
}

static crm_status get_count(void *state, struct crm_request *r, struct crm_error *err) {
    const struct crm *crm = &((struct template *)state)->crm;
    int64_t count = 0;
    crm_status status =
        count_records(crm, crm->http->view(r), crm->http->param(r, "name"), &count, err);
    if (status != CRM_OK) return status;
    struct crm_json *out = crm->http->json(r);
    crm->base->json_object_open(out);
    crm->base->json_key(out, CRM_STR("count"));
    crm->base->json_int64(out, count);
    crm->base->json_object_shut(out);
    return CRM_OK;
}

static crm_status register_all(struct template *t, struct crm_error *err) {
    static const struct crm_option arguments[] = {
        {.name = "ENTITY", .help = "what to count", .kind = CRM_OPTION_TEXT, .required = true}};
    struct crm_command_definition command = {.size = sizeof command,
                                             .name = "count",
                                             .summary = "counts the records of an entity",
                                             .arguments = arguments,
                                             .argument_count = 1,
                                             .run = run_count,
                                             .ctx = t};
    crm_status status = t->crm.command->command_add(t->crm.host, &command, err);
    if (status != CRM_OK) return status;
    struct crm_route route = {.size = sizeof route,
                              .lane = CRM_LANE_READER,
                              .method = "GET",
                              .pattern = "/api/v1/template/count/{name}",
                              .handle = get_count,
                              .ctx = t,
                              .summary = "Counts the records of an entity",
                              .tag = "template"};
    return t->crm.http->route_add(t->crm.host, &route, err);
}

static crm_status template_init(struct crm_host *host, const struct crm_host_calls *calls,
                                void **ret_state, struct crm_error *err) {
    struct template *t = calloc(1, sizeof *t);
    if (!t) return CRM_NO_MEMORY;
    crm_take(host, calls, &t->crm);
    crm_status status = register_all(t, err);
    if (status != CRM_OK) {
        free(t);
        return status;
    }
    *ret_state = t;
    return CRM_OK;
}

static void template_fini(void *state) { free(state); }

static const struct crm_need needs[] = {{CRM_BASE_SERVICE, 1},
                                        {CRM_SCHEMA_SERVICE, 1},
                                        {CRM_QUERY_SERVICE, 1},
                                        {CRM_HTTP_SERVICE, 1},
                                        {CRM_COMMAND_SERVICE, 1}};
static const struct crm_module template_module = {CRM_MODULE_HEADER,
                                                  .name = "template",
                                                  .version = "1.0.0",
                                                  .needs = needs,
                                                  .need_count = sizeof needs / sizeof *needs,
                                                  .init = template_init,
                                                  .fini = template_fini};
CRM_MODULE(template_module)
