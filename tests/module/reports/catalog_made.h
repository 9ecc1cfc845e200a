/* A catalog from definitions written down in a test, with the kernel's own functions underneath:
 * services_base, and definitions from a list instead of a schema. Threads: one. */
#ifndef TESTS_MODULE_REPORTS_CATALOG_MADE_H
#define TESTS_MODULE_REPORTS_CATALOG_MADE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalog.h"
#include "module/services.h"

struct made_definition {
    const char *kind, *name, *json;
};

/* What definition_at reads; a test sets it before it takes a catalog. */
static const struct made_definition *made;
static size_t made_count;
static int64_t made_generation;

static bool made_at(struct crm_view *view, const char *kind, size_t position,
                    struct crm_definition_facts *ret) {
    (void)view;
    for (size_t i = 0; i < made_count; i++)
        if (strcmp(made[i].kind, kind) == 0 && position-- == 0) {
            *ret = (struct crm_definition_facts){.size = sizeof *ret,
                                                 .name = crm_str_from(made[i].name),
                                                 .owner = CRM_STR("test"),
                                                 .place = CRM_STR("test.lua:1"),
                                                 .json = crm_str_from(made[i].json)};
            return true;
        }
    return false;
}

static int64_t made_generation_now(struct crm_view *view) {
    (void)view;
    return made_generation;
}

static void no_log(struct crm_host *host, int32_t level, const char *event,
                   const struct crm_pair *pairs, size_t count) {
    (void)host, (void)level, (void)event, (void)pairs, (void)count;
}

static const struct crm_schema made_schema = {
    .size = sizeof made_schema, .generation = made_generation_now, .definition_at = made_at};

struct made_catalog {
    struct crm_base base;
    struct crm crm;
    struct catalogs all;
    struct catalog *catalog;
};

static void made_open(struct made_catalog *m, const struct made_definition *definitions,
                      size_t count) {
    struct crm_error err;
    made = definitions;
    made_count = count;
    made_generation++;
    m->base = services_base;
    m->base.log = no_log;
    m->crm = (struct crm){.base = &m->base, .schema = &made_schema};
    m->all = (struct catalogs){0};
    catalogs_init(&m->all, &m->crm);
    assert_int_equal(catalog_take(&m->all, NULL, &m->catalog, &err), CRM_OK);
}

static void made_close(struct made_catalog *m) {
    catalog_give(&m->all, m->catalog);
    catalogs_fini(&m->all);
}

/* Why a definition was left out; "" for one that was not. */
static const char *made_problem(const struct made_catalog *m, const char *name) {
    for (size_t i = 0; i < m->catalog->problem_count; i++)
        if (crm_str_is(m->catalog->problems[i].name, name))
            return m->base.error_code(m->catalog->problems[i].reason).ptr;
    return "";
}

#endif
