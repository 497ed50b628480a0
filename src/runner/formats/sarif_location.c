// SPDX-License-Identifier: MIT
#include "runner/formats/sarif_location.h"

#include "runner/util/json.h"
#include "runner/util/printable.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *sarif_text(const char *text) {
    char *shown = printable_text(text);
    json_t *string = shown ? json_string(shown) : NULL;
    free(shown);
    return string;
}

/** A message's text: braces stand for arguments there, brackets for links. */
static char *escape(const char *text) {
    char *shown = printable_text(text);
    char *escaped = shown ? malloc(2 * strlen(shown) + 1) : NULL;
    char *to = escaped;
    for (const char *at = shown; escaped && *at; at++) {
        if (strchr("{}", *at)) {
            *to++ = *at;
        } else if (strchr("[]\\", *at)) {
            *to++ = '\\';
        }
        *to++ = *at;
    }
    if (escaped) {
        *to = '\0';
    }
    free(shown);
    return escaped;
}

json_t *sarif_message(const char *text) {
    char *escaped = escape(text);
    json_t *message = escaped ? json_pack("{s:s}", "text", escaped) : NULL;
    free(escaped);
    return message;
}

/** A path as a URI has it, behind something; NULL when memory ran out. */
static json_t *encode(const char *before, const char *path) {
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789-._~/";
    size_t room = strlen(before) + 3 * strlen(path) + 1;
    char *uri = malloc(room);
    if (!uri) {
        return NULL;
    }
    char *to = stpcpy(uri, before);
    for (; *path; path++) {
        if (strchr(plain, *path)) {
            *to++ = *path;
        } else {
            to += sprintf(to, "%%%02X", (unsigned char)*path);
        }
    }
    *to = '\0';
    json_t *string = json_string(uri);
    free(uri);
    return string;
}

json_t *sarif_uri(const char *path) {
    return encode("file://", path);
}

/** The line of a source; NULL when memory ran out. */
static json_t *by_source(const struct document *document, const struct place *place,
                         const char *path) {
    const char *relative = place_relative(document, path);
    json_t *artifact = json_object();
    int bad =
        json_put(artifact, "uri", relative ? encode("", relative) : sarif_uri(path));
    bad |= relative ? json_put(artifact, "uriBaseId", json_string(SARIF_ROOT)) : 0;
    json_t *object = json_object();
    bad |= json_put(object, "artifactLocation", artifact);
    if (place->line > 0) {
        bad |= json_put(object, "region", json_pack("{s:i}", "startLine", place->line));
    }
    return json_finished(object, bad);
}

/** The address in a module; as by_source(). */
static json_t *by_address(const struct place *place) {
    char *label = NULL;
    int length = asprintf(&label, "%s+%s", place->module ? place->module : "?",
                          place->offset ? place->offset : "?");
    json_t *address = json_object();
    int bad =
        json_put(address, "fullyQualifiedName", length < 0 ? NULL : sarif_text(label));
    uint64_t offset = place->offset ? strtoull(place->offset, NULL, 16) : 0;
    bad |= json_put(address, "relativeAddress", json_count(offset));
    bad |= json_put(address, "kind", json_string("instruction"));
    if (length >= 0) {
        free(label);
    }
    json_t *object = json_object();
    bad |= json_put(object, "address", address);
    return json_finished(object, bad);
}

json_t *sarif_location(const struct document *document, const struct place *place) {
    char *path = place_path(document, place);
    json_t *object = json_object();
    int bad = json_put(object, "physicalLocation",
                       path ? by_source(document, place, path) : by_address(place));
    if (place->function) {
        json_t *function = json_pack("{s:o, s:s}", "fullyQualifiedName",
                                     sarif_text(place->function), "kind", "function");
        bad |= json_put(object, "logicalLocations", json_pack("[o]", function));
    }
    free(path);
    return json_finished(object, bad);
}
