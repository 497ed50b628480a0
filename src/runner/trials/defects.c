// SPDX-License-Identifier: MIT
#include "runner/trials/defects.h"

#include "core/policy/mix.h"
#include "runner/diagnose/signature.h"

#include <stdlib.h>
#include <string.h>

int defects_init(struct defects *defects) {
    *defects = (struct defects){0};
    defects->symbols = symbols_new(&defects->modules);
    return defects->symbols ? 0 : -1;
}

void defect_free(struct defect *defect) {
    if (defect) {
        finding_destroy(&defect->finding);
        crash_destroy(&defect->crash);
        free(defect->signatures);
        free(defect->outputs[0]);
        free(defect->outputs[1]);
        free(defect);
    }
}

void defects_destroy(struct defects *defects) {
    for (size_t i = 0; i < defects->count; i++) {
        defect_free(defects->list[i]);
    }
    free(defects->list);
    symbols_free(defects->symbols);
    modules_destroy(&defects->modules);
    *defects = (struct defects){0};
}

/** The id of where a block came from: more than its first frame, as wrappers of malloc are
 * shared. */
static uint64_t leak_id(const struct defects *defects, const struct finding *finding) {
    const struct named_stack *stack = &finding->leaks[0].stack;
    size_t count = signature_leak_frames(finding, &defects->modules);
    uint64_t id = MF_MIX_STEP;
    for (size_t i = 0; i < count; i++) {
        id = mf_mix(id ^ signature_place(stack, i, &defects->modules));
    }
    return id;
}

/** The id of what was left open: the first of it. */
static uint64_t open_id(const struct finding_open *open) {
    uint64_t id = MF_MIX_STEP;
    for (const char *at = open->names[0]; *at; at++) {
        id = mf_mix(id ^ (unsigned char)*at);
    }
    return id;
}

/** The class that counts: what one bad pointer comes out as depends on what happens to be
 * in it and in memory, and so from run to run. */
static enum crash_class class_of_cause(enum crash_class class) {
    switch (class) {
    case CLASS_WILD_POINTER:
    case CLASS_USE_AFTER_FREE:
    case CLASS_HEAP_CORRUPTION:
    case CLASS_HEAP_OVERFLOW:
    case CLASS_HEAP_UNDERFLOW:
    case CLASS_DOUBLE_FREE:
    case CLASS_INVALID_FREE:
    case CLASS_BUFFER_OVERFLOW:
    case CLASS_STACK_SMASHING:
        return CLASS_NULL_DEREFERENCE;
    case CLASS_SPINNING:
        // How often it failed until its time was over is chance.
        return CLASS_HANG;
    default:
        return class;
    }
}

uint64_t defects_cause(const struct defects *defects, const struct finding *finding) {
    const struct outcome_verdict *verdict = &finding->verdict;
    uint64_t what = verdict->outcome * OUTCOME_WEIGHT + class_of_cause(verdict->class);
    uint64_t where;
    if (signature_is_recursion(finding)) {
        where = signature_cycle(finding, &defects->modules);
    } else if (verdict->outcome == OUTCOME_LEAKED && finding->leak_count > 0) {
        where = leak_id(defects, finding);
    } else if (verdict->outcome == OUTCOME_LEAKED && finding->open.count > 0) {
        where = open_id(&finding->open);
    } else if (finding->reported[0]) {
        where = signature_report(finding);
    } else if (verdict->outcome == OUTCOME_SILENT || finding->crash_stack.count == 0) {
        where = signature_place(&finding->injection_stack, verdict->injection_site,
                                &defects->modules);
    } else if (verdict->outcome == OUTCOME_HUNG) {
        where = signature_hang(finding, &defects->modules);
    } else {
        where = signature_place(&finding->crash_stack, verdict->crash_site,
                                &defects->modules);
    }
    return mf_mix(mf_mix(what + MF_MIX_STEP) ^ where);
}

struct defect *defects_find(const struct defects *defects, uint64_t cause) {
    for (size_t i = 0; i < defects->count; i++) {
        if (defects->list[i]->cause == cause) {
            return defects->list[i];
        }
    }
    return NULL;
}

/** Note a signature; 0 on success. */
static int note(struct defect *defect, uint64_t signature) {
    for (size_t i = 0; i < defect->signature_count; i++) {
        if (defect->signatures[i] == signature) {
            return 0;
        }
    }
    void *grown = reallocarray(defect->signatures, defect->signature_count + 1,
                               sizeof(defect->signatures[0]));
    if (!grown) {
        return -1;
    }
    defect->signatures = grown;
    defect->signatures[defect->signature_count++] = signature;
    return 0;
}

struct defect *defects_add(struct defects *defects, struct defect *defect) {
    struct defect *twin = defects_find(defects, defect->cause);
    if (twin) {
        int bad = note(twin, defect->finding.signature);
        defect_free(defect);
        return bad ? NULL : twin;
    }
    void *grown =
        reallocarray(defects->list, defects->count + 1, sizeof(defects->list[0]));
    if (grown) {
        defects->list = grown;
    }
    if (!grown || note(defect, defect->finding.signature) != 0) {
        defect_free(defect);
        return NULL;
    }
    defects->list[defects->count++] = defect;
    return defect;
}

static int by_severity(const void *a, const void *b) {
    const struct defect *one = *(struct defect *const *)a;
    const struct defect *other = *(struct defect *const *)b;
    int ranks[2] = {outcome_rank(one->finding.verdict.outcome),
                    outcome_rank(other->finding.verdict.outcome)};
    if (ranks[0] != ranks[1]) {
        return ranks[0] - ranks[1];
    }
    if (one->trials != other->trials) {
        return one->trials > other->trials ? -1 : 1;
    }
    return (one->finding.signature > other->finding.signature) -
           (one->finding.signature < other->finding.signature);
}

void defects_sort(struct defects *defects) {
    if (defects->count > 0) {
        qsort(defects->list, defects->count, sizeof(defects->list[0]), by_severity);
    }
}

bool defect_counts(const struct defect *defect, bool aborts_too) {
    enum outcome outcome = defect->finding.verdict.outcome;
    if (defect->suppressed) {
        return false;
    }
    // Leaks are found only where they are looked for.
    return outcome_is_defect(outcome) || outcome == OUTCOME_LEAKED ||
           (aborts_too && outcome == OUTCOME_ABORTED);
}
