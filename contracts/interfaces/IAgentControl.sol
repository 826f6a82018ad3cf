// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/**
 * @title IAgentControl
 * @author Herald
 * @notice Says who acts for an agent: its controller, and a guardian for the day the controller is lost.
 *
 * Every agent begins as its own controller. Control passes in two steps, so that it never goes to an address that
 * nobody holds. A guardian, if the controller names one, can do two things: revoke a card at once, and pass control
 * on after a delay in which the controller can veto. It helps against a lost key. Against a stolen one it can only
 * revoke what the thief publishes, until the thief dismisses it: whoever holds the controller's key is the controller.
 */
interface IAgentControl {
    /**
     * @notice Who acts for an agent.
     * @param controller Its controller; never zero.
     * @param candidate Whom the controller has offered control, or zero.
     * @param guardian Its guardian, or zero.
     * @param recoveryCandidate Whom the guardian wants to pass control to, or zero while no recovery is under way.
     * @param recoverableAt From when on that may be done, or zero.
     */
    struct Control {
        address controller;
        address candidate;
        address guardian;
        address recoveryCandidate;
        uint40 recoverableAt;
    }

    /**
     * @notice The controller offered control to another address, or took an offer back.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. The agent's controller sent the call.
     * 2. The offer of the agent's latest such event stands until its next `ControllerChanged` event; earlier ones do
     *    not.
     *
     * @param agent Whose control it is.
     * @param candidate Who may accept; zero takes an offer back.
     */
    event ControllerProposed(address indexed agent, address indexed candidate);

    /**
     * @notice An agent has a new controller.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. `controller` sent the call and is not zero: nobody becomes controller unasked.
     * 2. `previous` is the `controller` of the agent's event before, and the agent itself in its first.
     * 3. Either `previous` offered control (`ControllerProposed`), or the agent's guardian started a recovery
     *    (`RecoveryStarted`) at least {recoveryDelay} seconds earlier, for this `controller`, and no `RecoveryVetoed`
     *    event came between.
     * 4. No offer and no recovery is left. After an offer there is no guardian either: it was the previous
     *    controller's choice.
     *
     * @param agent Whose controller it is.
     * @param previous Who it was until now.
     * @param controller Who it is from now on.
     */
    event ControllerChanged(address indexed agent, address indexed previous, address indexed controller);

    /**
     * @notice An agent has another guardian, or none.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. The agent's controller sent the call, or its next controller in accepting control, which leaves no guardian.
     * 2. No recovery is left under way.
     *
     * @param agent Whose guardian it is.
     * @param guardian Who it is from now on; zero for none.
     */
    event GuardianSet(address indexed agent, address indexed guardian);

    /**
     * @notice A guardian wants to pass control on, and may after a delay. The controller should look at it at once.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. `guardian` sent the call and is the agent's guardian.
     * 2. `recoverableAt` is the time of the event's block plus {recoveryDelay}.
     * 3. It replaces a recovery that was under way, whose delay does not count.
     *
     * @param agent Whose control it is.
     * @param guardian Who started it.
     * @param candidate Who may take control.
     * @param recoverableAt From when on.
     */
    event RecoveryStarted(
        address indexed agent,
        address indexed guardian,
        address indexed candidate,
        uint40 recoverableAt
    );

    /**
     * @notice A recovery was stopped.
     *
     * Off-chain code relies on these invariants:
     *
     * 1. The agent's controller sent the call, or its next controller in accepting control.
     * 2. A recovery was under way, and none is now.
     *
     * @param agent Whose control it was about.
     * @param candidate Who would have got it.
     */
    event RecoveryVetoed(address indexed agent, address indexed candidate);

    /**
     * @notice The caller may not act for the agent.
     * @param agent Agent acted for.
     * @param caller Who called.
     */
    error AgentRegistryUnauthorized(address agent, address caller);

    /**
     * @notice Control was not offered to the caller.
     * @param agent Agent acted for.
     * @param caller Who called.
     * @param candidate Whom it is offered to, or zero.
     */
    error AgentRegistryNotCandidate(address agent, address caller, address candidate);

    /**
     * @notice Control cannot pass to the zero address.
     * @param agent Agent acted for.
     */
    error AgentRegistryZeroCandidate(address agent);

    /**
     * @notice No recovery is under way.
     * @param agent Agent acted for.
     */
    error AgentRegistryNoRecovery(address agent);

    /**
     * @notice The delay of the recovery is not over.
     * @param agent Agent acted for.
     * @param recoverableAt When it is.
     * @param timestamp Time of the block.
     */
    error AgentRegistryRecoveryTooEarly(address agent, uint40 recoverableAt, uint40 timestamp);

    /**
     * @notice Offers control to another address, in place of an earlier offer.
     * @dev Only the controller may call. It stays controller until the offer is accepted.
     * @param agent Whose control it is.
     * @param candidate Who may accept; zero takes an offer back.
     */
    function proposeController(address agent, address candidate) external;

    /**
     * @notice Accepts control that was offered to the caller.
     * @dev Removes the guardian and stops a recovery: both were the choice of the previous controller. What that one
     * signed for {IAgentRegistry-publishFor} or {IAgentRegistry-revokeFor} counts no more, unless it gets control back.
     * @param agent Whose control it is.
     */
    function acceptControl(address agent) external;

    /**
     * @notice Names the agent's guardian.
     * @dev Only the controller may call. Stops a recovery that is under way.
     * @param agent Whose guardian it is.
     * @param guardian Who it shall be; zero for none.
     */
    function setGuardian(address agent, address guardian) external;

    /**
     * @notice Starts to pass control on, or starts anew with another address.
     * @dev Only the guardian may call.
     * @param agent Whose control it is.
     * @param candidate Who may take control after {recoveryDelay}; not zero.
     */
    function startRecovery(address agent, address candidate) external;

    /**
     * @notice Stops a recovery.
     * @dev Only the controller may call; also after the delay, as long as control has not passed.
     * @param agent Whose control it is.
     */
    function vetoRecovery(address agent) external;

    /**
     * @notice Takes control at the end of a recovery.
     * @dev Only the candidate of the recovery may call. The guardian stays.
     * @param agent Whose control it is.
     */
    function finishRecovery(address agent) external;

    /**
     * @notice Reads who controls an agent.
     * @param agent The agent.
     * @return controller Its controller: the agent itself, unless control has passed.
     */
    function controllerOf(address agent) external view returns (address controller);

    /**
     * @notice Reads all about who acts for an agent.
     * @param agent The agent.
     * @return state Controller, guardian, and what is under way.
     */
    function control(address agent) external view returns (Control memory state);

    /**
     * @notice How long a controller can veto a recovery.
     * @return delay Seconds.
     */
    function recoveryDelay() external pure returns (uint40 delay);
}
