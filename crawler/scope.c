/* What is in scope is a set of names, as fingerprints: of hosts, of domains or of folders. A link
 * is in scope when the name that it would be added by is there; for folders, each one above it. */
#include "crawler/scope.h"

#include "crawler/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST_DOMAIN 1024 /* that a person may write; DNS has 253 bytes of ASCII */

const char *verdict_name(enum verdict v)
{
    static const char *const names[VERDICT_COUNT] = {
        [VERDICT_FOLLOW] = "follow",   [VERDICT_SEEN] = "seen",
        [VERDICT_SCOPE] = "scope",     [VERDICT_EXCLUDE] = "exclude",
        [VERDICT_INCLUDE] = "include", [VERDICT_DEPTH] = "depth",
        [VERDICT_ROBOTS] = "robots",   [VERDICT_NOFOLLOW] = "nofollow",
        [VERDICT_PRIVATE] = "private", [VERDICT_TRAP] = "trap",
        [VERDICT_LIMIT] = "limit",
    };
    return names[v];
}

void scope_init(struct scope *s, enum scope_mode mode, uint64_t seed)
{
    *s = (struct scope){.mode = mode, .least_depth = SIZE_MAX};
    seen_init(&s->hosts, seed);
    seen_init(&s->domains, seed);
    if (mode == SCOPE_DOMAIN) {
        s->memo = memory_new(sizeof *s->memo);
        domain_memo_init(s->memo, seed);
    }
}

void scope_deinit(struct scope *s)
{
    for (size_t i = 0; i < s->count; i++)
        free(s->names[i]);
    free(s->names);
    free(s->memo);
    seen_deinit(&s->hosts);
    seen_deinit(&s->domains);
}

/* Of the text from the host on. A scheme's own port is not written there, so that both schemes of a
 * host have one name. */
static uint64_t fingerprint_up_to(const struct scope *s, const struct url *u, uint32_t end)
{
    return seen_fingerprint(s->hosts.seed, u->text + u->host, end - u->host);
}

static bool holds_folder(const struct scope *s, const struct url *u)
{
    const char *end = u->text + u->query, *slash = u->text + u->path;

    for (size_t depth = 1; slash && depth <= s->most_depth; depth++) {
        uint32_t folder = (uint32_t)(slash + 1 - u->text);
        if (depth >= s->least_depth && seen_has(&s->hosts, fingerprint_up_to(s, u, folder)))
            return true;
        slash = memchr(slash + 1, '/', (size_t)(end - slash - 1));
    }
    return false;
}

/* Whether the host is one of the domains added, or under one: the host, and what is behind each of
 * its dots. */
static bool holds_domain(const struct scope *s, const struct url *u)
{
    const char *name = u->text + u->host, *end = u->text + domain_end(u);

    for (;;) {
        size_t length = (size_t)(end - name);
        if (seen_has(&s->domains, seen_fingerprint(s->domains.seed, name, length)))
            return true;
        name = memchr(name, '.', length);
        if (!name)
            return false;
        name++;
    }
}

/* Out of line, so that most links, which are on a seed's host, need no more than one look. */
__attribute__((noinline)) static bool holds_otherwise(const struct scope *s, const struct url *u)
{
    if (s->mode == SCOPE_ANY || (s->mode == SCOPE_PREFIX && holds_folder(s, u)) ||
        (s->mode == SCOPE_DOMAIN && seen_has(&s->hosts, domain_fingerprint(s->memo, u))))
        return true;
    return s->domains.count && holds_domain(s, u);
}

bool scope_holds(const struct scope *s, const struct url *u)
{
    return (s->mode == SCOPE_HOST && seen_has(&s->hosts, fingerprint_up_to(s, u, u->path))) ||
           holds_otherwise(s, u);
}

/* before: what the name begins with, for people. */
static bool add_name(struct scope *s, struct seen *set, const char *before, const char *name,
                     size_t length)
{
    if (!seen_add(set, seen_fingerprint(set->seed, name, length)))
        return false;
    char *shown = memory_resize(NULL, strlen(before) + length + 1);
    *(char *)mempcpy(stpcpy(shown, before), name, length) = '\0';
    s->names = memory_resize(s->names, (s->count + 1) * sizeof *s->names);
    s->names[s->count++] = shown;
    return true;
}

/* Up to the last slash of the path. */
static uint32_t folder_end(struct scope *s, const struct url *u)
{
    const char *path = u->text + u->path;
    size_t length = u->query - u->path, depth = 0;

    while (path[length - 1] != '/')
        length--;
    for (size_t i = 0; i < length; i++)
        depth += path[i] == '/';
    if (depth < s->least_depth)
        s->least_depth = depth;
    if (depth > s->most_depth)
        s->most_depth = depth;
    return u->path + (uint32_t)length;
}

bool scope_add(struct scope *s, const struct url *u)
{
    uint32_t start = u->host, end = u->path;

    if (s->mode == SCOPE_ANY)
        return false;
    if (s->mode == SCOPE_PREFIX) {
        end = folder_end(s, u);
    } else if (s->mode == SCOPE_DOMAIN) {
        start = domain_start(u);
        end = domain_end(u);
    }
    return add_name(s, &s->hosts, "", u->text + start, end - start);
}

/* Whether no other part of a URL hides in what a person wrote; an IPv6 address has colons. */
static bool is_domain(const char *text, size_t length)
{
    bool colons = *text == '[' && text[length - 1] == ']';
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)text[i] <= ' ' || strchr("/\\?#@*", text[i]) ||
            (text[i] == ':' && !colons))
            return false;
    return true;
}

bool scope_add_domain(struct scope *s, const char *domain, size_t length)
{
    char text[LONGEST_DOMAIN + sizeof "http://"], buffer[sizeof text];
    struct url u;

    size_t dot = length > 1 && *domain == '*' ? 1 : 0;
    if (dot < length && domain[dot] == '.') {
        domain += dot + 1;
        length -= dot + 1;
    }
    if (length == 0 || length > LONGEST_DOMAIN || !is_domain(domain, length))
        return false;
    int n = snprintf(text, sizeof text, "http://%.*s", (int)length, domain);
    if (url_parse(&u, buffer, sizeof buffer, text, (size_t)n, NULL, NULL, 0) < 0 ||
        buffer[u.host] == '.')
        return false;
    add_name(s, &s->domains, ".", buffer + u.host, domain_end(&u) - u.host);
    return true;
}

const char *scope_name(const struct scope *s, size_t i)
{
    return i < s->count ? s->names[i] : NULL;
}
