// SPDX-License-Identifier: MIT
#include "preload/policy/arming.h"

#include "preload/base/inside.h"
#include "preload/policy/active_policy.h"
#include "preload/policy/attach.h"
#include "preload/policy/slot.h"

bool mf_arming_reach(enum mf_arm when) {
    struct mf_inside_mark mark;
    bool fits =
        atomic_load(&mf.stage) == MF_READY && mf_policies.all[0].policy.arm == when;
    if (fits && mf_inside_enter(&mark)) {
        mf_attach_process();
        mf_slot_arm();
        mf_inside_leave();
    }
    return fits;
}

bool mf_arming_undo(void) {
    uint32_t armed = MF_ARMED;
    return mf_policies.all[0].policy.arm == MF_ARM_API &&
           atomic_compare_exchange_strong(&mf.stage, &armed, MF_READY);
}
