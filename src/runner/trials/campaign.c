// SPDX-License-Identifier: MIT
#include "runner/trials/campaign.h"

#include "core/channel/journal.h"
#include "runner/crash/crash.h"
#include "runner/crash/glance.h"
#include "runner/util/clock.h"

/** So many failures before a time-out tell that a hang does not stand still. */
#define SPINNING_MIN 1000

/** A glance has read all that it takes. */
#define STEPS_END UINT32_MAX

/** What a crash may take when it is replayed. */
#define CRASH_TIME (10 * CLOCK_SECOND)
/** What part of its time a trial has to itself before it is recognised by what it retries,
 * where it has not failed very often. */
#define TIME_PART 5

/** What a hang is given then, and some of the clean run's time. */
#define HANG_TIME (300 * CLOCK_MILLISECOND)

bool campaign_is_hurried(size_t reason) {
    return (reason >= MF_POINT_HURRIED && reason <= MF_POINT_KILLED) ||
           reason == CAMPAIGN_ENDED || reason == CAMPAIGN_CUT;
}

const char *campaign_reason(size_t reason) {
    static const char *const reasons[CAMPAIGN_REASONS] = {
        [MF_POINT_WAITING] = "not reached in place",
        [MF_POINT_THREADS] = "had several threads",
        [MF_POINT_DESCRIPTORS] = "held a file open that cannot be shared",
        [MF_POINT_PROC] = "held a file of /proc open",
        [MF_POINT_SIGNALS] = "had a pending signal",
        [MF_POINT_TIMERS] = "had an armed timer",
        [MF_POINT_CHILDREN] = "had a child process that may send it a signal",
        [MF_POINT_MEMORY] = "had memory that a fork leaves out",
        [MF_POINT_SHARED_MEMORY] = "had writable shared memory",
        [MF_POINT_REFUSED] = "could not be held",
        [MF_POINT_SHUT_IN] = "had given up system calls that mallocfail needs (seccomp)",
        [MF_POINT_UNSOUND] = "came after many in a row that could not be tried",
        [MF_POINT_STOPPED] = "came after holding had become too expensive",
        [CAMPAIGN_WATCH] = "may have written a watched file",
        [CAMPAIGN_MOVED] = "had another stack in place",
        [CAMPAIGN_FILE_LIMIT] = "met a limit on the size of files (ulimit -f)",
        [CAMPAIGN_BARRIER] = "would have had outside effects",
        [MF_POINT_HURRIED] = "came to processes that had been held long enough (--hold)",
        [MF_POINT_LIMITED] = "came to processes that a time limit would have ended",
        [MF_POINT_SPENT] = "came when the suite had used up its time (--within)",
        [MF_POINT_CROWDED] = "came while others were held",
        [MF_POINT_KILLED] = "came to processes that SIGKILL ended while they were held",
        [CAMPAIGN_CUT] = "were not run to their end",
        [CAMPAIGN_WRAPPED] = ("came through an allocation wrapper of a module that is "
                              "not wanted"),
        [CAMPAIGN_ENDED] = "came when the suite was ended",
        [MF_POINT_SKIPPED] = "came at call sites where all earlier ones had to be",
    };
    return reason < CAMPAIGN_REASONS ? reasons[reason] : NULL;
}

void campaign_note_disturbed(struct campaign *campaign) {
    campaign->untraced = true;
    diag_warn(campaign->diag,
              "the program traces processes itself, or behaves "
              "differently when it is traced: fresh trials are not traced, "
              "and their crashes are not diagnosed");
}

void campaign_note_tracing(struct campaign *campaign, bool traced) {
    if (campaign->plan.traced && !traced && !campaign->untraced) {
        campaign->untraced = true;
        progress_clear(&campaign->progress);
        diag_warn(campaign->diag, "the kernel refuses to let the program be traced, so "
                                  "crashes are not diagnosed");
    }
}

uint64_t campaign_replay_time(const struct campaign *campaign,
                              const struct trial *trial) {
    uint64_t usual = campaign->plan.timeout_ns;
    if (trial->outcome == OUTCOME_HUNG) {
        uint64_t enough = HANG_TIME + 10 * campaign->oracle.elapsed_ns;
        return enough < usual ? enough : usual;
    }
    return usual > CRASH_TIME ? usual : CRASH_TIME;
}

bool campaign_goes_on(struct campaign *campaign) {
    if (clock_now() >= campaign->until_ns) {
        campaign->out_of_time = true;
    }
    return !campaign->stopped_by && !campaign->out_of_time;
}

bool campaign_is_serial(const struct campaign *campaign) {
    return campaign->options->serial || campaign->oracle.shared_file || campaign->alone;
}

bool campaign_is_complete(const struct campaign *campaign) {
    return campaign->done >= campaign->planned && !campaign->survived &&
           !campaign->cut_short && !campaign->stopped_by && !campaign->out_of_time;
}

void campaign_signal(struct campaign *campaign, int number) {
    if (signals_are_final(number)) {
        campaign->stopped_by = number;
    }
}

struct trial_terms campaign_terms(const struct campaign *campaign) {
    return (struct trial_terms){
        .arm = campaign->options->arm,
        .image = campaign->oracle.image,
        .processes = &campaign->oracle.processes,
        // Which of several threads comes first is different each time.
        .by_stack = campaign->oracle.drifts || campaign->oracle.threads > 1,
        .also = campaign->options->also,
    };
}

bool campaign_is_placed(struct campaign *campaign, const struct trial *trial,
                        uint64_t stack_id) {
    uint64_t wanted = trial->point.stack_id;
    if (!wanted || stack_id == wanted) {
        return true;
    }
    campaign->moved += !campaign->oracle.drifts;
    campaign->oracle.drifts = true;
    return false;
}

bool campaign_counts(const struct campaign *campaign, const struct trial *trial) {
    return outcome_is_defect(trial->outcome) || trial->outcome == OUTCOME_LEAKED ||
           (trial->outcome == OUTCOME_ABORTED && campaign->options->aborts);
}

void campaign_count(struct campaign *campaign, const struct trial *trial) {
    campaign->done++;
    campaign->survived += trial->outcome == OUTCOME_SURVIVED;
    progress_step(&campaign->progress, campaign_counts(campaign, trial));
}

void campaign_miss(struct campaign *campaign, struct trial *trial, const struct end *end,
                   bool alone) {
    trial->state = TRIAL_MISSED;
    trial->outcome = OUTCOME_TOLERATED;
    trial->status = end->status;
    trial->late = end->timed_out;
    trial->alone = alone;
    campaign->missed++;
    progress_step(&campaign->progress, false);
}

void campaign_reopen(struct campaign *campaign, struct trial *trial) {
    campaign->in_place -= trial->in_place;
    campaign->inferred -= trial->inferred;
    campaign->recognised -= trial->recognised;
    campaign->missed -= trial->state == TRIAL_MISSED;
    campaign->done -= trial->state == TRIAL_DONE;
    campaign->survived -= trial->outcome == OUTCOME_SURVIVED;
    campaign->progress.done--;
    campaign->progress.defects -= campaign_counts(campaign, trial);
    trial->state = TRIAL_OPEN;
    trial->in_place = trial->inferred = trial->recognised = false;
    trial->stack_id = trial->point.stack_id;
    trial->failed = trial->seen = 0;
    trial->sighting = trial->own = 0;
    trial->leaks = LEAKING_KNOWN;
}

/** Whether an outcome is told with where it came about. */
static bool is_told(enum outcome outcome) {
    return outcome_is_defect(outcome) || outcome == OUTCOME_ABORTED ||
           outcome == OUTCOME_LEAKED;
}

bool campaign_shows(const struct campaign *campaign, uint32_t sighting) {
    const struct trial *trial =
        &campaign->trials[campaign->sightings.list[sighting].trial];
    return trial->state == TRIAL_DONE && trial->sighting == sighting + 1;
}

/** Whether a trial tells better what a sighting comes of than the one that it was taken from:
 * fewer allocations failed in it, or it comes first. Which one was run first is chance. */
static bool is_better(const struct campaign *campaign, const struct trial *trial,
                      uint64_t failed, uint32_t sighting) {
    const struct sightings_entry *entry = &campaign->sightings.list[sighting];
    return failed != entry->failed ? failed < entry->failed
                                   : (size_t)(trial - campaign->trials) < entry->trial;
}

/** Keep a sighting, which is taken over, once for each place; its index, or SIGHTINGS_NONE when
 * memory ran out. */
static uint32_t keep_sighting(struct campaign *campaign, const struct trial *trial,
                              struct sighting *sighting) {
    uint64_t key = sighting_key(sighting, &campaign->defects->modules);
    uint32_t at = sightings_find(&campaign->sightings, key);
    size_t index = (size_t)(trial - campaign->trials);
    uint64_t failed = sighting->judgement.outcome == OUTCOME_HUNG ? 0 : trial->failed;
    if (at == SIGHTINGS_NONE) {
        at = sightings_add(&campaign->sightings, key, sighting, index);
    } else if (is_better(campaign, trial, failed, at) || !campaign_shows(campaign, at)) {
        sightings_replace(&campaign->sightings, at, sighting, index);
    }
    if (at != SIGHTINGS_NONE && campaign->sightings.list[at].trial == index) {
        campaign->sightings.list[at].failed = failed;
    }
    sighting_destroy(sighting);
    return at;
}

/** Keep what a trial showed, once for each place; its index, or SIGHTINGS_NONE when memory
 * ran out. */
static uint32_t keep(struct campaign *campaign, const struct trial *trial,
                     const struct end *end, struct judgement judgement,
                     const struct campaign_sight *sight) {
    struct modules *modules = &campaign->defects->modules;
    const struct sighting_source source = {
        .channel = sight->channel,
        .modules = modules,
        .oracle = &campaign->oracle,
        .watch = &campaign->watch,
        .end = end,
        .judgement = judgement,
        .persistent = trial->mode == TRIAL_PERSISTENT,
        .crash = sight->crash,
        .holder = sight->holder,
    };
    struct sighting sighting;
    if (sighting_take(&sighting, &source) != 0) {
        return SIGHTINGS_NONE;
    }
    if (sighting.crashed) {
        uint32_t at =
            sightings_find(&campaign->sightings, sighting_key(&sighting, modules));
        size_t place = at == SIGHTINGS_NONE ? campaign->sightings.count : at;
        retries_learn(&campaign->retries, sight->channel->head, &sighting.crash, modules,
                      (uint32_t)place);
    }
    return keep_sighting(campaign, trial, &sighting);
}

void campaign_turn(struct campaign *campaign, struct trial *trial,
                   struct sighting *sighting) {
    campaign->progress.defects -= campaign_counts(campaign, trial);
    trial->outcome = sighting->judgement.outcome;
    campaign->progress.defects += campaign_counts(campaign, trial);
    uint32_t at = keep_sighting(campaign, trial, sighting);
    trial->sighting = at == SIGHTINGS_NONE ? 0 : at + 1;
}

/** A trial was waited for that should have hung, and did not: all are run again that were
 * recognised by the same. */
static void distrust(struct campaign *campaign, uint32_t sighting) {
    retries_refute(&campaign->retries, sighting);
    for (size_t i = 0; i < campaign->trial_count; i++) {
        struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE && trial->recognised &&
            trial->sighting == sighting + 1) {
            campaign_reopen(campaign, trial);
        }
    }
}

/** Whether a trial that was audited came to what the one did that it was known by. */
static bool is_confirmed(const struct campaign *campaign, const struct trial *trial,
                         uint32_t sighting) {
    enum outcome wanted = campaign->sightings.list[sighting].sighting.judgement.outcome;
    // A recursion may not have come to the end of its stack yet.
    return trial->outcome == wanted || trial->outcome == OUTCOME_HUNG;
}

void campaign_judge(struct campaign *campaign, struct trial *trial, const struct end *end,
                    const struct campaign_sight *sight) {
    const struct campaign_options *options = campaign->options;
    struct judgement judgement =
        end->given ? *end->given : judge_end(end, &campaign->oracle);
    if (options->check) {
        judge_by_command(&judgement, end, sight->channel->head, options->check,
                         &campaign->signals);
    }
    judge_by_demands(&judgement, end, &options->demands,
                     trial->seen > trial->point.number);
    campaign->checked += judgement.checked;
    campaign->unchecked += judgement.unchecked;
    trial->state = TRIAL_DONE;
    trial->status = end->status;
    trial->outcome = judgement.outcome;
    trial->by_output = judgement.by_output;
    trial->moved = campaign->oracle.moved;
    trial->recognised = sight->recognised;
    campaign->recognised += sight->recognised;
    trial->spinning = judgement.runaway || (judgement.outcome == OUTCOME_HUNG &&
                                            trial->failed >= SPINNING_MIN);
    if (!trial->stack_id) {
        trial->stack_id = trial->point.stack_id;
    }
    if (is_told(trial->outcome)) {
        uint32_t at = sight->known != SIGHTINGS_NONE
                          ? sight->known
                          : keep(campaign, trial, end, judgement, sight);
        trial->sighting = at == SIGHTINGS_NONE ? 0 : at + 1;
    }
    bool asked = campaign->plan.leaks && end->leaks && trial_is_good(trial);
    trial->leaks = asked ? (uint8_t)judge_leaking(end, &campaign->oracle, sight->channel)
                         : LEAKING_KNOWN;
    campaign_count(campaign, trial);
    uint32_t audited = sight->patience.audited;
    if (audited && !end->cut && !is_confirmed(campaign, trial, audited - 1)) {
        distrust(campaign, audited - 1);
    }
}

/** Whether the so manieth run that does the same as another one is waited for in full: the
 * first, the fourth, the sixteenth and so on. */
static bool is_audited(size_t found) {
    while (found > 1 && found % 4 == 0) {
        found /= 4;
    }
    return found == 1;
}

uint32_t campaign_recognise(struct campaign *campaign, struct campaign_patience *patience,
                            const struct channel *channel, uint64_t failed,
                            uint64_t spent_ns) {
    const struct job_plan *plan = &campaign->plan;
    if (patience->failed == 0) {
        patience->failed = plan->retries_min;
    }
    bool due = failed >= patience->failed ||
               (plan->timeout_ns != CLOCK_NEVER && failed >= RETRIES_SEEN &&
                spent_ns >= plan->timeout_ns / TIME_PART &&
                spent_ns >= 2 * campaign->oracle.elapsed_ns);
    if (!due || campaign->retries.count == 0 || plan->retries_min == 0) {
        return SIGHTINGS_NONE;
    }
    patience->failed = 2 * failed;
    struct retries *found = patience->audited
                                ? NULL
                                : retries_find(&campaign->retries, channel->head,
                                               &campaign->defects->modules);
    if (!found || found->sighting >= campaign->sightings.count) {
        return SIGHTINGS_NONE;
    }
    if (is_audited(++found->found)) {
        patience->audited = found->sighting + 1;
        return SIGHTINGS_NONE;
    }
    return found->sighting;
}

int campaign_recognised_signal(const struct campaign *campaign, uint32_t sighting) {
    return campaign->sightings.list[sighting].sighting.crash.signal;
}

/** Whether a thread's trial tells better what a sighting comes of, if it is one. */
static bool looks_better(const struct campaign *campaign,
                         const struct campaign_look *look, uint32_t sighting) {
    // Where a trial was taken back, another one has to tell.
    return look->trial && sighting != SIGHTINGS_NONE &&
           (is_better(campaign, look->trial, look->failed, sighting) ||
            !campaign_shows(campaign, sighting));
}

/** Glance at a thread: read what told the place of another, step by step; 0 where it comes
 * to something that is not known. */
static uint64_t glance_at(const struct campaign *campaign,
                          const struct campaign_look *look) {
    struct glance glance;
    if (glance_begin(&glance, look->tid, look->signal, &look->view->stopped.maps) != 0) {
        return 0;
    }
    const struct glimpse *step;
    while ((step = glimpses_find(&campaign->steps, glance.hash)) &&
           step->value != STEPS_END) {
        if (glance_step(&glance, step->value) != 0) {
            return 0;
        }
    }
    return step ? glance_end(&glance) : 0;
}

/** Learn what to read to know the place where a thread stands, whose stack was walked. */
static uint64_t learn_glance(struct campaign *campaign,
                             const struct campaign_look *look) {
    struct glance glance;
    uint32_t steps[GLANCE_STEPS_MAX];
    const struct unwind_reads *reads = unwind_reads(look->view->unwind);
    if (reads->count == 0 || look->crash->stack.shortened ||
        glance_begin(&glance, look->tid, look->signal, &look->view->stopped.maps) != 0) {
        return 0;
    }
    size_t count = glance_plan(&glance, reads, steps);
    for (size_t i = 0; i < count; i++) {
        const struct glimpse *known = glimpses_find(&campaign->steps, glance.hash);
        uint32_t link =
            known && (known->value ^ steps[i]) == GLANCE_LINK ? GLANCE_LINK : 0;
        glimpses_add(&campaign->steps, glance.hash, steps[i] | link);
        if (glance_step(&glance, steps[i] | link) != 0) {
            return 0;
        }
    }
    glimpses_add(&campaign->steps, glance.hash, STEPS_END);
    return count > 0 ? glance_end(&glance) : 0;
}

bool campaign_is_flood(const struct campaign *campaign, const struct capture streams[2]) {
    uint64_t most = campaign->oracle.file_max;
    return capture_size(&streams[0]) >= most || capture_size(&streams[1]) >= most;
}

/** Look at the stack, and at all where the place is new. */
static bool look_closely(struct campaign *campaign, struct campaign_look *look) {
    struct modules *modules = &campaign->defects->modules;
    if (crash_gather_stack(look->crash, look->tid, look->signal, look->channel,
                           look->view, modules) != 0) {
        return true;
    }
    look->glance = learn_glance(campaign, look);
    uint64_t key = sighting_crash_key(look->crash, modules);
    bool usual = oracle_is_usual(&campaign->oracle, key);
    look->known = sightings_find(&campaign->sightings, key);
    if (usual ||
        (look->known != SIGHTINGS_NONE && !looks_better(campaign, look, look->known))) {
        glimpses_add(&campaign->glimpses, look->glance, look->known);
        crash_destroy(look->crash);
        return !usual;
    }
    crash_complete(look->crash, look->channel, look->view);
    look->known = SIGHTINGS_NONE;
    look->crashed = true;
    return true;
}

bool campaign_look(struct campaign *campaign, struct campaign_look *look) {
    look->glance = glance_at(campaign, look);
    look->crashed = false;
    const struct glimpse *glimpse = glimpses_find(&campaign->glimpses, look->glance);
    if (glimpse && !looks_better(campaign, look, glimpse->value)) {
        look->known = glimpse->value;
        return glimpse->value != SIGHTINGS_NONE;
    }
    look->known = SIGHTINGS_NONE;
    bool fatal = look_closely(campaign, look);
    view_leave(look->view);
    return fatal;
}

/** The first trial that shows a sighting; NULL = none does any more. */
static const struct trial *find_shower(const struct campaign *campaign, uint32_t at) {
    if (campaign_shows(campaign, at)) {
        return &campaign->trials[campaign->sightings.list[at].trial];
    }
    for (size_t i = 0; i < campaign->trial_count; i++) {
        const struct trial *trial = &campaign->trials[i];
        if (trial->state == TRIAL_DONE && trial->sighting == at + 1) {
            return trial;
        }
    }
    return NULL;
}

/** Name one sighting, where a trial shows it; 0 on success, -1 when memory ran out. What
 * it is belongs to the defects. */
static int name(struct campaign *campaign, uint32_t at, struct defect **named) {
    const struct trial *trial = find_shower(campaign, at);
    *named = NULL;
    if (!trial) {
        return 0;
    }
    struct defect *defect =
        sighting_name(&campaign->sightings.list[at].sighting, campaign->defects);
    if (defect) {
        defect->trial = trial;
        *named = defects_add(campaign->defects, defect);
    }
    return *named ? 0 : -1;
}

/** Give a trial the outcome that follows from what it showed. */
static void settle(const struct campaign *campaign, struct trial *trial,
                   struct defect *const *named) {
    if (trial->state != TRIAL_DONE) {
        return;
    }
    // Those of earlier results have a cause, and another trial that shows it.
    struct defect *defect = trial->sighting ? named[trial->sighting - 1]
                            : trial->cause ? defects_find(campaign->defects, trial->cause)
                                           : NULL;
    if (defect) {
        trial->outcome = defect->finding.verdict.outcome;
        trial->cause = defect->cause;
        defect->trials++;
    }
}

/** Name what is shown by trials in which one allocation failed, or by those in which more did;
 * 0 on success, -1 when memory ran out. In the order of the trials that the sightings were taken
 * from, the same in every exploration. */
static int name_all(struct campaign *campaign, struct defect **named, bool persistent) {
    for (size_t i = 0; i < campaign->trial_count; i++) {
        uint32_t at = campaign->trials[i].sighting;
        const struct trial *trial =
            at > 0 && !named[at - 1] ? find_shower(campaign, at - 1) : NULL;
        if (trial && (trial->mode == TRIAL_PERSISTENT) == persistent &&
            name(campaign, at - 1, &named[at - 1]) != 0) {
            return -1;
        }
    }
    return 0;
}

int campaign_settle(struct campaign *campaign) {
    struct sightings *sightings = &campaign->sightings;
    struct defect **named = calloc(sightings->count + 1, sizeof(named[0]));
    // Of several with one cause the first one is told, best where one allocation failed.
    bool fine = named && name_all(campaign, named, false) == 0 &&
                name_all(campaign, named, true) == 0;
    for (size_t i = 0; i < campaign->trial_count && named; i++) {
        settle(campaign, &campaign->trials[i], named);
    }
    free(named);
    if (!fine) {
        diag_no_memory(campaign->diag);
    }
    defects_sort(campaign->defects);
    return fine ? 0 : -1;
}
