/* See opened.h. */
#include "support/opened.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "auth/user.h"
#include "support/memory.h"

static struct crm the_crm;
static opened_register_fn register_also;

static const char definitions[] =
    "entity \"gadget\" {\n"
    "  label = { en = \"Gadget\", ru = \"Вещь\" }, title = \"name\",\n"
    "  fields = {\n"
    "    name = text { required = true, search = true, sort = true },\n"
    "    code = text { unique = true },\n"
    "    amount = integer {},\n"
    "    price = money {},\n"
    "    made_on = date {},\n"
    "    emails = emails {},\n"
    "    part_of = ref \"gadget\",\n"
    "    parts = children \"gadget_part\" { by = \"gadget\" },\n"
    "  },\n"
    "  rules = { { when = \"amount ~= nil and amount < 0\", refuse = \"amount\", message = { en = "
    "\"Not below zero\", ru = \"Не меньше нуля\" } } },\n"
    "}\n"
    "entity \"gadget_part\" {\n"
    "  label = { en = \"Part\", ru = \"Деталь\" }, title = \"name\",\n"
    "  fields = { gadget = ref \"gadget\" { on_delete = \"with\" }, name = text {}, weight = "
    "decimal {} },\n"
    "}\n"
    "role \"keeper\" { label = { en = \"Keeper\", ru = \"Хранитель\" },\n"
    "  entities = { gadget = { read = \"own\", create = true, update = \"own\", delete = \"own\" "
    "}} }\n"
    "role \"boss\" { label = { en = \"Boss\", ru = \"Начальник\" }, admin = true }\n"
    "role \"admin\" { label = { en = \"Admin\", ru = \"Администратор\" }, admin = true }\n";

static crm_status opened_init(struct crm_host *host, const struct crm_host_calls *calls,
                              void **ret_state, struct crm_error *err) {
    crm_take(host, calls, &the_crm);
    *ret_state = &the_crm;
    crm_status status =
        the_crm.script->text_add(host, "gadget.lua", crm_str_from(definitions), err);
    return status == CRM_OK && register_also ? register_also(&the_crm, err) : status;
}

static const struct crm_need needs[] = {CRM_ALL_NEEDS_LIST};
static const struct crm_module module = {CRM_MODULE_HEADER,
                                         .name = "opened",
                                         .version = "1",
                                         .needs = needs,
                                         .need_count = sizeof needs / sizeof *needs,
                                         .init = opened_init};
static const struct crm_module *get(void) { return &module; }
static const crm_module_get_fn statics[] = {get, NULL};

static void open_kernel(struct opened *o, bool create) {
    struct err err;
    const struct kernel_options options = {.data_dir = str_from(o->folder),
                                           .create = create,
                                           .statics = statics,
                                           .files_folder = o->folder,
                                           .job_threads = 2};
    crm_status status = kernel_open(&options, &o->kernel, &err);
    if (status != CRM_OK) {
        BUF_CLEANUP struct buf message;
        buf_init(&message, 4096);
        err_format(&err, LANGUAGE_EN, &message);
        fail_msg("kernel_open: %s (%s) %s", message.ptr, err.where, err.cause);
    }
    o->crm = &the_crm;
}

void opened_setup(struct opened *o, opened_register_fn also) {
    memset(o, 0, sizeof *o);
    register_also = also;
    snprintf(o->folder, sizeof o->folder, "%s/perigee-opened-XXXXXX", test_memory_folder());
    assert_non_null(mkdtemp(o->folder));
    open_kernel(o, true);
}

void opened_again(struct opened *o) {
    kernel_close(o->kernel);
    open_kernel(o, false);
}

static void remove_folder(const char *path) {
    DIR *folder = opendir(path);
    char name[512];
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (unlink(name) != 0) remove_folder(name);
    }
    if (folder) closedir(folder);
    rmdir(path);
}

void opened_teardown(struct opened *o) {
    kernel_close(o->kernel);
    remove_folder(o->folder);
}

struct crm_view *opened_view(struct opened *o, const char *login) {
    struct crm_error err = {{0}};
    struct crm_view *view = NULL;
    const struct crm_view_options options = {.size = sizeof options,
                                             .door = CRM_DOOR_JOB,
                                             .user = login ? 0 : CRM_USER_SYSTEM,
                                             .login = crm_str_from(login)};
    assert_int_equal(o->crm->record->view_open(o->crm->host, &options, &view, &err), CRM_OK);
    return view;
}
