/* Runs the collection of attacks (PERIGEE_ATTACKS: a file or its folder; else ../shared/attacks
 * beside the source) in process and compares each outcome with the right one. Attacks that nothing
 * inside a process can stop (HANG) are left to the workers' test. Skipped when the collection is
 * not at hand. */
#include "guarded.h"

#include <stdio.h>
#include <string.h>

#ifndef PERIGEE_SOURCE_DIR
#define PERIGEE_SOURCE_DIR "."
#endif

struct attack {
    char name[64];
    char outcome[128];
    struct str script;
};

static char *collection;
static size_t collection_len;

static bool read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) return false;
    collection = malloc(1 << 20);
    collection_len = collection ? fread(collection, 1, 1 << 20, file) : 0;
    fclose(file);
    if (collection_len > 0) return true;
    free(collection);
    return false;
}

static bool collection_open(void) {
    const char *given = getenv("PERIGEE_ATTACKS");
    if (given) {
        char path[512];
        snprintf(path, sizeof path, "%s/lua.txt", given);
        return read_file(given) || read_file(path);
    }
    return read_file(PERIGEE_SOURCE_DIR "/../shared/attacks/lua.txt");
}

/* The next "### name outcome" and its script. */
static bool attack_next(struct str *rest, struct attack *ret) {
    struct str line;
    for (;;) {
        if (rest->len == 0) return false;
        str_split(rest, '\n', &line);
        if (str_starts_with(line, STR("### "))) break;
    }
    struct str head = str_make(line.ptr + 4, line.len - 4), name;
    str_split(&head, ' ', &name);
    snprintf(ret->name, sizeof ret->name, "%.*s", STR_ARG(name));
    snprintf(ret->outcome, sizeof ret->outcome, "%.*s", STR_ARG(head));
    size_t len = str_find(*rest, STR("\n### "));
    if (len == SIZE_MAX) len = rest->len;
    ret->script = str_make(rest->ptr, len);
    *rest = len == rest->len ? STR_NONE : str_make(rest->ptr + len + 1, rest->len - len - 1);
    return true;
}

/* "TIME", "MEM", "ERR" or "OK:value" of one script in a state. */
static void outcome_of(struct lua_guard *g, struct str script, int64_t cpu_ms, char *ret,
                       size_t size) {
    struct err err;
    struct lua_budget budget = {.cpu_ms = cpu_ms};
    crm_status status = lua_guard_load(g, script, "attack", &err);
    if (status == CRM_OK) status = lua_guard_call(g, 0, 1, &budget, &err);
    lua_State *L = lua_guard_state(g);
    if (status == CRM_TIMEOUT || status == CRM_NO_MEMORY) {
        snprintf(ret, size, "%s", status == CRM_TIMEOUT ? "TIME" : "MEM");
    } else if (status != CRM_OK) {
        snprintf(ret, size, "ERR");
    } else {
        char value[64] = "table";
        if (lua_isnil(L, -1)) snprintf(value, sizeof value, "(nil)");
        if (lua_isboolean(L, -1))
            snprintf(value, sizeof value, "%s", lua_toboolean(L, -1) ? "true" : "false");
        if (lua_isstring(L, -1)) snprintf(value, sizeof value, "%.60s", lua_tostring(L, -1));
        snprintf(ret, size, "OK:%s", value);
        lua_pop(L, 1);
    }
    assert_int_equal(lua_gettop(L), 0);
}

static bool is_right(const char *outcome, const char *got) {
    struct str rest = str_from(outcome), one;
    bool more = true;
    while (more) {
        more = str_split(&rest, '|', &one);
        if (str_is(one, got) || (str_is(one, "OK") && strncmp(got, "OK:", 3) == 0)) return true;
    }
    return false;
}

/* The scripts of an attack run in states of their own; the last one counts. The state must still
 * work afterwards, and a kill must have come in time. */
static int attack_run(const struct attack *a) {
    char got[128] = "";
    struct str rest = a->script;
    bool more = true, late = false, sound = true;
    int64_t cpu_ms = strcmp(a->outcome, "TIME") == 0 ? KILL_CPU_MS : TEST_CPU_MS;
    while (more) {
        size_t at = str_find(rest, STR("\n--NEXT\n"));
        more = at != SIZE_MAX;
        struct str script = more ? str_make(rest.ptr, at) : rest;
        if (more) rest = str_make(rest.ptr + at + 8, rest.len - at - 8);
        struct lua_guard *g = new_guard();
        outcome_of(g, script, cpu_ms, got, sizeof got);
        late |= lua_guard_usage(g).cpu_ns > INT64_C(1000000) * (cpu_ms + TEST_CPU_MS);
        char after[16] = "";
        outcome_of(g, STR("return ('a'):upper()"), TEST_CPU_MS, after, sizeof after);
        sound &= strcmp(after, "OK:A") == 0;
        lua_guard_free(g);
    }
    bool right = is_right(a->outcome, got) && !late && sound;
    if (!right)
        print_error("%s: wanted %s, got %s%s%s\n", a->name, a->outcome, got, late ? ", late" : "",
                    sound ? "" : ", state broken");
    return right ? 0 : 1;
}

static void attacks(void **state) {
    (void)state;
    if (!collection_open()) {
        print_message("skipped: no collection of attacks at hand\n");
        skip();
    }
    const char *only = getenv("PERIGEE_ATTACK");
    struct str rest = str_make(collection, collection_len);
    struct attack a;
    int passed = 0, failed = 0;
    while (attack_next(&rest, &a)) {
        if (strstr(a.outcome, "HANG") || (only && strcmp(only, a.name) != 0)) continue;
        int wrong = attack_run(&a);
        failed += wrong;
        passed += !wrong;
    }
    free(collection);
    print_message("%d passed, %d failed\n", passed, failed);
    assert_int_equal(failed, 0);
    assert_true(passed > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(attacks)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
