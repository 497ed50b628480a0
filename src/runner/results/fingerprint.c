// SPDX-License-Identifier: MIT
#include "runner/results/fingerprint.h"

#include "runner/diagnose/signature.h"
#include "runner/util/json.h"

#include <stdio.h>
#include <stdlib.h>

/** The frames that a defect is named by. */
struct site {
    const struct named_frame *frames;
    size_t count;
};

/** One frame of a stack; none if there is none. */
static struct site one_of(const struct named_stack *stack, size_t at) {
    return (struct site){stack->frames + at, at < stack->count};
}

static struct site site_of(const struct defects *defects, const struct finding *finding) {
    const struct outcome_verdict *verdict = &finding->verdict;
    if (verdict->outcome == OUTCOME_LEAKED && finding->leak_count > 0) {
        const struct named_stack *stack = &finding->leaks[0].stack;
        return (struct site){stack->frames,
                             signature_leak_frames(finding, &defects->modules)};
    }
    if (verdict->outcome == OUTCOME_SILENT || finding->crash_stack.count == 0) {
        return one_of(&finding->injection_stack, verdict->injection_site);
    }
    return one_of(&finding->crash_stack, verdict->crash_site);
}

/** To be freed; NULL when memory ran out. */
static char *name_of(const struct defects *defects, const struct defect *defect) {
    const struct finding *finding = &defect->finding;
    struct site site = site_of(defects, finding);
    char *name = NULL;
    size_t size, named = 0;
    FILE *stream = open_memstream(&name, &size);
    if (!stream) {
        return NULL;
    }
    fprintf(stream, "%s%s", outcome_name(finding->verdict.outcome),
            finding->verdict.class == CLASS_STACK_OVERFLOW ? " by stack overflow" : "");
    for (size_t i = 0; i < site.count; i++) {
        const char *function = site.frames[i].symbol->short_name;
        const char *module = modules_name(&defects->modules, site.frames[i].raw.module);
        if (function) {
            fprintf(stream, "%s%s() in %s", named++ ? " by " : ": ", function,
                    module ? module : "?");
        }
    }
    if (named == 0) {
        rewind(stream);
    }
    int bad = ferror(stream);
    if (fclose(stream) != 0 || bad) {
        free(name);
        return NULL;
    }
    if (named == 0) {
        name[0] = '\0';
    }
    return name;
}

/** Add the modules of a stack; 0 on success. */
static int add_builds(json_t *builds, const struct modules *modules,
                      const struct named_stack *stack) {
    int bad = 0;
    for (size_t i = 0; i < stack->count; i++) {
        uint32_t at = stack->frames[i].raw.module;
        const char *name = modules_name(modules, at);
        if (name && !json_object_get(builds, name)) {
            bad |= json_put(builds, name,
                            json_bytes(modules->entries[at].build_id,
                                       modules->entries[at].build_id_length));
        }
    }
    return bad;
}

static json_t *builds_of(const struct defects *defects, const struct defect *defect) {
    const struct finding *finding = &defect->finding;
    json_t *builds = json_object();
    int bad = add_builds(builds, &defects->modules, &finding->crash_stack);
    bad |= add_builds(builds, &defects->modules, &finding->injection_stack);
    for (size_t i = 0; i < finding->leak_count; i++) {
        bad |= add_builds(builds, &defects->modules, &finding->leaks[i].stack);
    }
    return json_finished(builds, bad);
}

json_t *fingerprint_json(const struct defects *defects, const struct defect *defect) {
    json_t *object = json_object();
    char *name = name_of(defects, defect);
    int bad = json_put(object, "name", name ? json_text(name) : NULL);
    bad |= json_put(object, "builds", builds_of(defects, defect));
    free(name);
    return json_finished(object, bad);
}

bool fingerprint_is_rebuilt(const json_t *before, const json_t *now) {
    const char *name;
    json_t *id;
    json_object_foreach((json_t *)before, name, id) {
        const json_t *other = json_object_get(now, name);
        if (other && (json_is_null(other) || !json_equal(id, other))) {
            return true;
        }
    }
    return false;
}
