/* Files of a module as routes: a folder below a prefix, precompressed neighbours, entity tags, and
 * one page for every path of a browser program.
 *
 * Names are checked as text (no "..", nothing hidden) before anything is opened. Threads: http
 * loops; one open and one stat a request, the bytes are sent by the server. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "http/negotiate.h"
#include "module/messages.h"
#include "module/serving.h"

enum { ASSET_PATH_BYTES = 1024 };

struct content_type {
    const char *ending, *type;
};
static const struct content_type types[] = {{".html", "text/html; charset=utf-8"},
                                            {".js", "text/javascript; charset=utf-8"},
                                            {".mjs", "text/javascript; charset=utf-8"},
                                            {".css", "text/css; charset=utf-8"},
                                            {".json", "application/json"},
                                            {".svg", "image/svg+xml"},
                                            {".png", "image/png"},
                                            {".jpg", "image/jpeg"},
                                            {".webp", "image/webp"},
                                            {".ico", "image/x-icon"},
                                            {".woff2", "font/woff2"},
                                            {".txt", "text/plain; charset=utf-8"},
                                            {".map", "application/json"},
                                            {".webmanifest", "application/manifest+json"},
                                            {".wasm", "application/wasm"}};

const char *serving_content_type(struct str name) {
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (str_ends_with(name, str_from(types[i].ending))) return types[i].type;
    return "application/octet-stream";
}

/* Every part begins with a letter, digit or '_' and holds no control characters. */
static bool name_is_plain(struct str name) {
    struct str rest = name, part;
    if (name.len == 0 || name.len > 512) return false;
    for (size_t i = 0; i < name.len; i++)
        if ((unsigned char)name.ptr[i] < 0x20 || name.ptr[i] == '\\') return false;
    for (bool more = true; more;) {
        more = str_split(&rest, '/', &part);
        if (part.len == 0 || part.ptr[0] == '.' || part.ptr[0] == '-') return false;
    }
    return true;
}

struct opened {
    int fd;
    struct stat facts;
    const char *encoding; /* NULL = as it is */
};

static bool open_file(const struct registered_assets *item, struct str name, const char *suffix,
                      struct opened *ret) {
    char path[ASSET_PATH_BYTES];
    int len = snprintf(path, sizeof path, "%s/%s/%.*s%s", item->host->folder, item->assets.folder,
                       STR_ARG(name), suffix);
    if (len < 0 || len >= (int)sizeof path) return false;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return false;
    if (fstat(fd, &ret->facts) != 0 || !S_ISREG(ret->facts.st_mode)) {
        close(fd);
        return false;
    }
    ret->fd = fd;
    return true;
}

/* Does Accept-Encoding name it, and not with q=0? */
static bool accepts(struct http_request *r, const char *encoding) {
    struct str rest = http_header(r, "Accept-Encoding"), part, word;
    for (bool more = rest.len > 0; more;) {
        more = str_split(&rest, ',', &part);
        str_split(&part, ';', &word);
        if (!str_eq_nocase(str_trim(word), str_from(encoding))) continue;
        struct str q = str_trim(part);
        return !(str_starts_with(q, STR("q=0")) &&
                 (q.len == 3 || str_find(q, STR("q=0.")) != 0 || str_is(q, "q=0.0")));
    }
    return false;
}

static bool open_best(const struct registered_assets *item, struct http_request *r, struct str name,
                      struct opened *ret) {
    ret->encoding = "br";
    if (accepts(r, "br") && open_file(item, name, ".br", ret)) return true;
    ret->encoding = "gzip";
    if (accepts(r, "gzip") && open_file(item, name, ".gz", ret)) return true;
    ret->encoding = NULL;
    return open_file(item, name, "", ret);
}

static void add_header(struct http_request *r, const char *name, const char *value) {
    http_answer_header(r, name, str_from(value));
}

static void answer_file(const struct registered_assets *item, struct http_request *r,
                        struct str name, struct opened *file) {
    const struct crm_assets *assets = &item->assets;
    struct str tag =
        arena_printf(http_arena(r), "\"%llx-%llx%s\"",
                     (unsigned long long)file->facts.st_mtim.tv_sec * 1000000000u +
                         (unsigned long long)file->facts.st_mtim.tv_nsec,
                     (unsigned long long)file->facts.st_size, file->encoding ? file->encoding : "");
    bool never_changes = assets->immutable_pattern &&
                         str_find(name, str_from(assets->immutable_pattern)) != SIZE_MAX;
    add_header(r, "Cache-Control",
               never_changes ? "public, max-age=31536000, immutable" : "no-cache");
    add_header(r, "Vary", "Accept-Encoding");
    if (tag.ptr) http_answer_header(r, "ETag", tag);
    for (size_t i = 0; i < assets->header_count; i++)
        http_answer_header(r, assets->headers[i].key, str_in(assets->headers[i].value));
    struct str known = http_header(r, "If-None-Match");
    if (tag.ptr && known.len && http_etag_listed(known, tag)) {
        close(file->fd);
        http_status(r, 304);
        return;
    }
    if (file->encoding) add_header(r, "Content-Encoding", file->encoding);
    http_content_type(r, serving_content_type(name));
    http_answer_file(r, file->fd, 0, (int64_t)file->facts.st_size);
}

/* A path of the browser program, rather than a file that is missing. */
static bool is_page(struct str name) {
    for (size_t i = name.len; i-- > 0 && name.ptr[i] != '/';)
        if (name.ptr[i] == '.') return false;
    return !str_starts_with(name, STR("api/")) && !str_is(name, "api");
}

static crm_status serve(struct http_request *r, void *ctx, struct err *err) {
    const struct registered_assets *item = ctx;
    struct str name = http_param(r, "path");
    struct opened file;
    if (name_is_plain(name) && open_best(item, r, name, &file)) {
        answer_file(item, r, name, &file);
        return CRM_OK;
    }
    struct str page = str_from(item->assets.fallback);
    if (page.len && is_page(name) && open_best(item, r, page, &file)) {
        answer_file(item, r, page, &file);
        return CRM_OK;
    }
    return err_set(err, CRM_NOT_FOUND, &module_file_missing, NULL);
}

static crm_status add_route(struct kernel *k, struct registered_assets *item, const char *pattern,
                            struct err *err) {
    const struct http_route route = {.method = "GET",
                                     .pattern = pattern,
                                     .lane = HTTP_LANE_INLINE,
                                     .flags = HTTP_ROUTE_PUBLIC | HTTP_ROUTE_NO_CSRF |
                                              HTTP_ROUTE_NO_DATA,
                                     .handle = serve,
                                     .ctx = item};
    return http_route_add(kernel_http(k), str_from(item->host->module->name), &route, err);
}

crm_status serving_bind_assets(struct kernel *k, struct registered_assets *item, struct err *err) {
    struct arena *a = &item->host->registry->arena;
    const char *prefix = item->assets.prefix;
    bool is_root = strcmp(prefix, "/") == 0;
    struct str pattern = arena_printf(a, "%s/{path*}", is_root ? "" : prefix);
    if (!pattern.ptr) return err_no_memory(err);
    crm_status status = add_route(k, item, pattern.ptr, err);
    if (status == CRM_OK && is_root) status = add_route(k, item, "/", err);
    return status;
}
