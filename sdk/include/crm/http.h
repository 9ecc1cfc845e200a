/* crm.http: routes and files that a module answers with.
 *
 * A handler fills the answer and returns CRM_OK, or returns an error, which becomes a problem
 * document in the caller's language. Texts of a request live until the answer is sent. Threads: the
 * handler's lane; everything about a request from that thread only. */
#ifndef CRM_HTTP_H
#define CRM_HTTP_H

#include <crm/query.h>

#define CRM_HTTP_SERVICE "crm.http"
#define CRM_HTTP_VERSION 1

struct crm_request;

enum crm_lane {
    CRM_LANE_INLINE = 0, /* on the loop: bounded point and page reads, nothing that waits */
    CRM_LANE_READER =
        1, /* on a thread with a database connection: long reads, streams, uploads, commits */
    CRM_LANE_WRITER = 2 /* small writes: ends in `commit_then_answer` */
};

enum crm_route_flag {
    CRM_ROUTE_PUBLIC = 1,    /* no sign-in */
    CRM_ROUTE_STREAM_IN = 2, /* the body comes through body_read, of any size */
    CRM_ROUTE_NO_CSRF = 4,
    CRM_ROUTE_IDEMPOTENT = 8,  /* honours Idempotency-Key */
    CRM_ROUTE_READS = 64,      /* changes nothing, whatever its method */
    CRM_ROUTE_STREAM_OUT = 128 /* the answer goes through stream_open and may be long */
};

struct crm_route {
    uint32_t size;
    int32_t lane;        /* enum crm_lane */
    uint32_t flags;      /* enum crm_route_flag */
    uint32_t body_limit; /* bytes; 0 = 1 MB, for streams none */
    const char *method;  /* "GET" */
    const char *pattern; /* "/api/v1/imports/{id}"; {name} is one segment, {name*} the rest; a fixed
                            segment wins over a {name} */
    crm_status (*handle)(void *ctx, struct crm_request *r, struct crm_error *err);
    void *ctx;
    const char *summary; /* for OpenAPI; constant texts or NULL */
    const char *tag;
    const char *query_schema, *body_schema, *answer_schema; /* JSON */
};

/* A folder of files under the module's own, served without sign-in. Precompressed neighbours
 * (name.br, name.gz) are used; entity tags by the kernel; names that leave the folder do not
 * exist. */
struct crm_assets {
    uint32_t size;
    uint32_t reserved;
    const char *prefix;   /* "/assets": URLs below it */
    const char *folder;   /* "dist/assets", in the module's folder */
    const char *fallback; /* file in `folder` for GET of any path below the prefix that names none
                             ("index.html"), or NULL */
    const char *immutable_pattern; /* names that contain this text never change (".h-"), cached for
                                      a year; NULL = none */
    const struct crm_pair
        *headers; /* added to every answer (Content-Security-Policy ...); constant */
    size_t header_count;
};

#define CRM_HTTP_TABLE(X)                                                                          \
    X(crm_status, route_add,                                                                       \
      (struct crm_host * host, const struct crm_route *route, struct crm_error *err))              \
    X(crm_status, assets_add,                                                                      \
      (struct crm_host * host, const struct crm_assets *assets, struct crm_error *err))            \
    /* ---- the request ---- */                                                                    \
    X(struct crm_str, method, (struct crm_request * r))                                            \
    X(struct crm_str, path, (struct crm_request * r))                                              \
    X(struct crm_str, param,                                                                       \
      (struct crm_request * r, const char *name)) /* of the pattern, decoded */                    \
    X(bool, id_param,                                                                              \
      (struct crm_request * r, const char *name,                                                   \
       int64_t *ret)) /* false: names nothing, answer 404 */                                       \
    X(const struct crm_entity *, entity_param,                                                     \
      (struct crm_request * r, struct crm_error * err))                  /* {entity} */            \
    X(struct crm_str, query, (struct crm_request * r, const char *name)) /* empty when absent */   \
    X(bool, has_query, (struct crm_request * r, const char *name))                                 \
    X(crm_status, query_only,                                                                      \
      (struct crm_request * r, const char *const *names, size_t count,                             \
       struct crm_error *err)) /* refuses others by name */                                        \
    X(struct crm_str, header, (struct crm_request * r, const char *name))                          \
    X(struct crm_str, body, (struct crm_request * r))                                              \
    X(crm_status, body_json,                                                                       \
      (struct crm_request * r, const struct crm_json_value **ret, struct crm_error *err))          \
    /* STREAM_IN: the next piece, borrowed until the next call; empty = the end. */                \
    X(crm_status, body_read,                                                                       \
      (struct crm_request * r, struct crm_str * ret_piece, struct crm_error * err))                \
    X(struct crm_str, request_id, (struct crm_request * r))                                        \
    X(struct crm_str, remote_address, (struct crm_request * r))                                    \
    X(bool, is_https, (struct crm_request * r))                                                    \
    X(bool, is_signed_in, (struct crm_request * r))                                                \
    X(int32_t, language, (struct crm_request * r))                                                 \
    X(struct crm_view *, view,                                                                     \
      (struct crm_request * r)) /* as the caller; not on a public route without sign-in */         \
    X(struct crm_arena *, arena, (struct crm_request * r))                                         \
    /* ---- the answer ---- */                                                                     \
    X(void, status, (struct crm_request * r, int32_t status)) /* 200 unless said */                \
    X(void, answer_header, (struct crm_request * r, const char *name, struct crm_str value))       \
    X(void, content_type, (struct crm_request * r, const char *type))                              \
    X(struct crm_json *, json,                                                                     \
      (struct crm_request * r)) /* the body as JSON; sets the content type */                      \
    X(struct crm_buf *, answer_body, (struct crm_request * r))                                     \
    /* A body in pieces on a reader lane; a write waits while the client is slow; CRM_CANCELLED:   \
     * it has gone. */                                                                             \
    X(crm_status, stream_open,                                                                     \
      (struct crm_request * r, int32_t status, const char *content_type, struct crm_error *err))   \
    X(crm_status, stream_write,                                                                    \
      (struct crm_request * r, struct crm_str bytes, struct crm_error * err))                      \
    /* Commits on the writer and then calls `answer` (on the loop, nothing that waits); the        \
     * handler returns what this returns. Takes the changeset. */                                  \
    X(crm_status, commit_then_answer,                                                              \
      (struct crm_request * r, struct crm_changeset * c,                                           \
       crm_status(*answer)(struct crm_request * r, struct crm_changeset * c,                       \
                           const struct crm_commit *commit, struct crm_error *err),                \
       struct crm_error * err))                                                                    \
    /* The messages by field of a refused changeset go into the problem document. */               \
    X(void, answer_errors, (struct crm_request * r, const struct crm_changeset *c))

CRM_TABLE(crm_http, CRM_HTTP_TABLE)

#endif
