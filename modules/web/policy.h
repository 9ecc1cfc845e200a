/* The security headers of the browser client (CSP Level 3, RFC 9110): scripts from this server
 * only, and the one inline import map by the hash that the build wrote into dist/assets.json.
 *
 * Threads: loaded once, then read by any. Owns nothing outside itself. */
#ifndef MODULES_WEB_POLICY_H
#define MODULES_WEB_POLICY_H

#include <crm/services.h>

enum { WEB_POLICY_BYTES = 1024, WEB_HEADERS_MAX = 6 };

struct web_policy {
    bool built; /* dist/ is there; a build without the browser client serves the API alone */
    char content_security[WEB_POLICY_BYTES];
    size_t content_security_len;
};

/* Reads dist/assets.json in the module's folder. A missing file is no error (built = false), an
 * unreadable one is. */
crm_status web_policy_load(const struct crm *crm, struct web_policy *ret, struct crm_error *err);
/* Fills up to WEB_HEADERS_MAX pairs that borrow from the policy; returns how many. */
size_t web_policy_headers(const struct web_policy *policy, struct crm_pair *ret);

#endif
