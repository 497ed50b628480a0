// SPDX-License-Identifier: MIT
/**
 * What a process does by itself: a crash or hang that it comes to when nothing fails is no
 * consequence of a failure.
 *
 * An exploration compares with clean runs. A suite has none, so when a child crashes or hangs at
 * a place that is new, one more child is cloned at the same point, in which nothing fails: the
 * control. What it comes to, with the same signal and stack, is the process's own. The trial is
 * then as one that ended as its process does; or, where the process catches the signal and goes
 * on, it is run again, and goes on there, too. A hang is the process's own if the control runs
 * for as long and stands in the same loop. A child in which a sanitizer reports something, and which
 * goes on, is compared by its reports: those that the control has, too, are the process's own.
 *
 * The same place may break in one process by itself, and in another one by a failure. So each
 * process has a control of its own: the first one that comes to its end shows all that the
 * process comes to. A place is not compared any more where one has shown that a failure is the
 * cause. A control that the barrier ends, or that lacks time, decides only what it has come to.
 */
#ifndef MF_RUNNER_INPLACE_CONTROL_H
#define MF_RUNNER_INPLACE_CONTROL_H

#include "runner/diagnose/sanitizer.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct campaign;
struct held;
struct inplace;
struct trial;

/** A signal, a hang or a report to which a process comes by itself. */
struct control_own {
    /** See struct control_process. */
    uint64_t process;
    /** Of the signal and the stack, of the place of a hang, or of the report. */
    uint64_t key;
    /** The sighting of a child that came there first. */
    uint32_t sighting;
    /** For a hang: for how long the control did not end, in ns. */
    uint64_t limit_ns;
    /** Whether it ends the process, or nothing more can be learnt from another child. */
    bool ends;
};

/** A process that has had a control. */
struct control_process {
    /** Made of its number and of when it started: numbers come again. */
    uint64_t id;
    /** Whether one came to its end: it has shown all that the process comes to. And how many did
     * not. */
    bool complete;
    unsigned incomplete;
};

/** What is known of all processes. */
struct controls {
    struct control_own *list;
    size_t count, room;
    struct control_process *processes;
    size_t process_count, process_room;
};

/** What the latest control of a target is, or would be, for. */
struct control {
    /** The index of the trial, and its sighting. */
    size_t trial;
    uint32_t sighting;
    /** Whether it hangs; else what identifies its signal and stack, 0 = it is not known. */
    bool hang;
    uint64_t key;
    /** What a child reported that ended by itself. */
    struct sanitizer_reports reports;
    /** How long the control may take, in ns. */
    uint64_t limit_ns;
    /** Whether it came to the same; and whether that was its end. */
    bool met, ended;
};

/** What the process of a child does itself at a signal. */
enum control_stop {
    CONTROL_UNKNOWN,
    /** It gets it, too, and goes on. */
    CONTROL_GOES_ON,
    /** It gets it, too, and ends by it. */
    CONTROL_ENDS,
};

/** Whether the child is a control. */
bool control_is_asked(const struct held *held);

/** A child of a trial is about to get a fatal signal: look whether its process gets it, too. */
enum control_stop control_look(const struct inplace *inplace, struct held *held,
                               int signal);

/** A child of a trial, which stands still, will be ended by a signal: note where. */
void control_mark(const struct inplace *inplace, struct held *held, int signal);

/** A child of a trial has ended: read what sanitizers reported in it, and look whether its process
 * reports all that by itself. */
void control_read(const struct inplace *inplace, struct held *held, int status);

/** The trial of a child has been judged: note what a control would be for. */
void control_note(const struct inplace *inplace, struct held *held,
                  const struct trial *trial);

/** Have a control cloned when the target is let go, if one is needed for what was noted last. */
void control_ask(const struct inplace *inplace, struct held *held);

/** How long the first child of a trial may take where its process may be held for so long, in
 * ns: a control may have to be given the same. */
uint64_t control_share(const struct inplace *inplace, uint64_t left_ns,
                       uint64_t least_ns);

/** A control shows up whose target may be held for so long. */
void control_meet(struct held *held, uint64_t left_ns);

/** A control is about to get a fatal signal; whether that is its end. */
bool control_stops(const struct inplace *inplace, struct held *held, int signal);

/** A control has no end: see where it stands. */
void control_hangs(const struct inplace *inplace, struct held *held);

/** A control has ended, or has been killed: draw the conclusion. */
void control_finish(const struct inplace *inplace, struct held *held, int status);

/** When everything has ended: what no control has decided follows from those that have. */
void control_settle(struct campaign *campaign);

/** Release what is known. */
void controls_destroy(struct controls *controls);

#endif
