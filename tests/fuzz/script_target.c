/* Random scripts in a guarded state: the bytes choose statements over the guarded libraries.
 * However one ends, it ends, and behind it a harmless script answers in the same state. */
#include "fuzz.h"

#include "lua/state.h"

enum { CPU_MS = 20, MEMORY_BYTES = 8 << 20, STATEMENTS_MAX = 40, DEPTH_MAX = 4 };

struct choices {
    const uint8_t *at, *end;
    struct buf *out;
};

static const char *const functions[] = {"string.rep",
                                        "string.find",
                                        "string.match",
                                        "string.gsub",
                                        "string.format",
                                        "string.byte",
                                        "string.char",
                                        "string.sub",
                                        "string.upper",
                                        "string.reverse",
                                        "string.len",
                                        "table.insert",
                                        "table.remove",
                                        "table.concat",
                                        "table.sort",
                                        "table.unpack",
                                        "table.pack",
                                        "table.move",
                                        "setmetatable",
                                        "getmetatable",
                                        "rawset",
                                        "rawget",
                                        "rawequal",
                                        "rawlen",
                                        "next",
                                        "select",
                                        "tostring",
                                        "tonumber",
                                        "type",
                                        "pcall",
                                        "xpcall",
                                        "error",
                                        "assert",
                                        "utf8.char",
                                        "utf8.len",
                                        "utf8.codepoint",
                                        "math.floor",
                                        "math.random",
                                        "math.tointeger",
                                        "os.time",
                                        "coroutine.create",
                                        "coroutine.wrap",
                                        "coroutine.resume",
                                        "coroutine.yield",
                                        "string.gmatch"};
static const char *const values[] = {
    "nil",
    "true",
    "0",
    "1",
    "-1",
    "3",
    "100",
    "2^53",
    "math.mininteger",
    "1e300",
    "0/0",
    "2.5",
    "''",
    "'a'",
    "'%d %s %q %5.2f'",
    "'(a*)(.-)%1'",
    "'[%w-]+'",
    "'%b()%f[%a]'",
    "('x'):rep(50)",
    "{}",
    "{1,2,3}",
    "{3,1,2,'x'}",
    "{x={}}",
    "t",
    "a",
    "b",
    "f",
    "print",
    "function(...) return ... end",
    "function(x) t[#t+1]=x error(x) end",
    "function(x,y) return x end",
    "setmetatable({},{__index=function(o,k) return k end})",
    "setmetatable({},{__len=function() return 5 end,__eq=function() return true end})",
    "setmetatable({},{__call=function(s,...) return select('#',...) end})",
    "coroutine.create(function(...) while true do coroutine.yield(...) end end)"};
static const char *const shapes[] = {"a = %(%)",
                                     "b = %(%)",
                                     "t[#t + 1] = %(%)",
                                     "for i = 1, 3 do a = %(%) end",
                                     "f = function(...) return %(%) end",
                                     "a = pcall(function() return %(%) end)",
                                     "local x <close> = nil; b = %(%)",
                                     "while a do a = %(%) break end"};

static size_t choose(struct choices *c, size_t count) {
    return c->at < c->end ? *c->at++ % count : 0;
}

static void put_call(struct choices *c, int depth);

static void put_arguments(struct choices *c, int depth) {
    for (size_t i = 0, count = choose(c, 5); i < count; i++) {
        if (i > 0) buf_add_char(c->out, ',');
        if (depth < DEPTH_MAX && choose(c, 4) == 0)
            put_call(c, depth + 1);
        else
            buf_add_cstr(c->out, values[choose(c, sizeof values / sizeof *values)]);
    }
}

static void put_call(struct choices *c, int depth) {
    buf_add_cstr(c->out, functions[choose(c, sizeof functions / sizeof *functions)]);
    buf_add_char(c->out, '(');
    put_arguments(c, depth);
    buf_add_char(c->out, ')');
}

/* "%(%)" of a shape is a call. What fails does not end the script, but for a kill. */
static void put_statement(struct choices *c) {
    const char *shape = shapes[choose(c, sizeof shapes / sizeof *shapes)];
    const char *hole = strstr(shape, "%(%)");
    bool caught = choose(c, 8) > 0;
    if (caught) buf_add_cstr(c->out, "pcall(function() ");
    buf_add(c->out, shape, (size_t)(hole - shape));
    put_call(c, 0);
    buf_add_cstr(c->out, hole + 4);
    buf_add_cstr(c->out, caught ? " end)\n" : "\n");
}

static void run(struct lua_guard *g, struct str text) {
    static const struct lua_budget budget = {.cpu_ms = CPU_MS};
    struct err err;
    if (lua_guard_load(g, text, "random", &err) != CRM_OK) {
        HOLDS(err.status == CRM_INVALID || err.status == CRM_NO_MEMORY ||
              err.status == CRM_REFUSED);
        return;
    }
    if (lua_guard_call(g, 0, 0, &budget, &err) == CRM_OK) return;
    HOLDS(err.status == CRM_REFUSED || err.status == CRM_TIMEOUT || err.status == CRM_NO_MEMORY);
}

static void answers(struct lua_guard *g) {
    static const struct lua_budget budget = {.cpu_ms = 1000};
    struct err err;
    size_t len = 0;
    HOLDS(lua_guard_load(g, STR("return ('a'):upper()"), "calm", &err) == CRM_OK);
    HOLDS(lua_guard_call(g, 0, 1, &budget, &err) == CRM_OK);
    const char *text = lua_tolstring(lua_guard_state(g), -1, &len);
    HOLDS(len == 1 && text[0] == 'A');
    lua_settop(lua_guard_state(g), 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len) {
    const struct lua_guard_options options = {.memory_max_bytes = MEMORY_BYTES};
    struct lua_guard *g = NULL;
    struct buf text;
    struct choices c = {bytes, bytes + len, &text};
    if (len > 4096) return 0;
    buf_init(&text, 256 * 1024);
    buf_add_cstr(&text, "t, a, b, f = {}, 1, 'b', function() end\n");
    for (int i = 0; i < STATEMENTS_MAX && c.at < c.end; i++)
        put_statement(&c);
    HOLDS(lua_guard_new(&options, &g, NULL) == CRM_OK);
    if (text.status == CRM_OK) run(g, buf_str(&text));
    answers(g);
    lua_guard_free(g);
    buf_fini(&text);
    return 0;
}
