/* From SQLSTATE to statuses (PostgreSQL manual, appendix A). */
#include <stdio.h>

#include "store/messages.h"
#include "store/postgres/postgres.h"

struct sqlstate_rule {
    const char *prefix; /* whole code or its class */
    crm_status status;
    const struct err_text *text;
};

static const struct sqlstate_rule rules[] = {
    {"23505", CRM_CONFLICT, &store_text_unique},
    {"22003", CRM_RANGE, &store_text_range},             /* numeric value out of range */
    {"22008", CRM_RANGE, &store_text_range},             /* date out of range */
    {"55P03", CRM_UNAVAILABLE, &store_text_unavailable}, /* lock timeout */
    {"40", CRM_UNAVAILABLE, &store_text_unavailable},    /* deadlock, serialisation */
    {"08", CRM_UNAVAILABLE, &store_text_unavailable},
    {"57P", CRM_UNAVAILABLE, &store_text_unavailable}, /* the server shuts down or starts */
    {"53100", CRM_UNAVAILABLE, &store_text_disk_full},
    {"53", CRM_UNAVAILABLE, &store_text_unavailable},
    {"54", CRM_TOO_LARGE, &store_text_query_too_large},
    {"58", CRM_IO, &store_text_io},
    {"XX001", CRM_IO, &store_text_io},
    {"XX002", CRM_IO, &store_text_io},
};

static crm_status map(struct postgres_conn *n, const char *code, struct err *err) {
    if (strcmp(code, "57014") == 0) {
        bool cancelled = atomic_exchange(&n->conn->cancelled, false);
        if (cancelled) return err_set(err, CRM_CANCELLED, &store_text_cancelled, NULL);
        return err_set(err, CRM_TIMEOUT, &store_text_timeout, NULL);
    }
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (strncmp(code, rules[i].prefix, strlen(rules[i].prefix)) == 0)
            return err_set(err, rules[i].status, rules[i].text, NULL);
    return err_internal(err, "%s", code);
}

bool postgres_has_code(const PGresult *result) {
    return PQresultErrorField(result, PG_DIAG_SQLSTATE) != NULL;
}

crm_status postgres_fail(struct postgres_conn *n, const PGresult *result, struct err *err) {
    struct err local;
    if (!err) err = &local;
    const char *code = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    crm_status status;
    if (!code) /* from libpq itself: the connection is gone or cannot be used */
        status = err_set(err, CRM_UNAVAILABLE, &store_text_unavailable, NULL);
    else
        status = map(n, code, err);
    if (status == CRM_CONFLICT) {
        const char *index = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME);
        snprintf(n->conn->conflict, sizeof n->conn->conflict, "%s", index ? index : "");
    }
    const char *message = result ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY) : NULL;
    err_because(err, "postgres %s: %s", code ? code : "-",
                message ? message : PQerrorMessage(n->db));
    return status;
}
