// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAgentControl} from "./interfaces/IAgentControl.sol";

/**
 * @title AgentControl
 * @author Herald
 * @notice Keeps who acts for each agent; see {IAgentControl}.
 */
abstract contract AgentControl is IAgentControl {
    /// @dev Long enough for a controller who looks at the chain once a week.
    uint40 private constant RECOVERY_DELAY = 7 days;

    /// @dev A controller of zero stands for the agent itself; it is alone in its slot, the one that each write reads.
    mapping(address agent => Control state) private _controls;

    /// @inheritdoc IAgentControl
    function proposeController(address agent, address candidate) external {
        _requireController(agent);
        _controls[agent].candidate = candidate;

        emit ControllerProposed(agent, candidate);
    }

    /// @inheritdoc IAgentControl
    function acceptControl(address agent) external {
        address candidate = _controls[agent].candidate;
        bool accepts = candidate != address(0) && msg.sender == candidate;
        require(accepts, AgentRegistryNotCandidate(agent, msg.sender, candidate));

        if (_controls[agent].guardian != address(0)) _setGuardian(agent, address(0));
        _setController(agent, candidate);
    }

    /// @inheritdoc IAgentControl
    function setGuardian(address agent, address guardian) external {
        _requireController(agent);
        _setGuardian(agent, guardian);
    }

    /// @inheritdoc IAgentControl
    function startRecovery(address agent, address candidate) external {
        require(_isGuardian(agent, msg.sender), AgentRegistryUnauthorized(agent, msg.sender));
        require(candidate != address(0), AgentRegistryZeroCandidate(agent));

        uint40 recoverableAt = uint40(block.timestamp) + RECOVERY_DELAY;
        _controls[agent].recoveryCandidate = candidate;
        _controls[agent].recoverableAt = recoverableAt;

        emit RecoveryStarted(agent, msg.sender, candidate, recoverableAt);
    }

    /// @inheritdoc IAgentControl
    function vetoRecovery(address agent) external {
        _requireController(agent);
        require(_controls[agent].recoverableAt != 0, AgentRegistryNoRecovery(agent));
        _stopRecovery(agent);
    }

    /// @inheritdoc IAgentControl
    function finishRecovery(address agent) external {
        address candidate = _controls[agent].recoveryCandidate;
        uint40 recoverableAt = _controls[agent].recoverableAt;
        uint40 timestamp = uint40(block.timestamp);
        require(recoverableAt != 0, AgentRegistryNoRecovery(agent));
        require(msg.sender == candidate, AgentRegistryNotCandidate(agent, msg.sender, candidate));
        require(timestamp >= recoverableAt, AgentRegistryRecoveryTooEarly(agent, recoverableAt, timestamp));

        _controls[agent].recoveryCandidate = address(0);
        _controls[agent].recoverableAt = 0;
        _setController(agent, candidate);
    }

    /// @inheritdoc IAgentControl
    function control(address agent) external view returns (Control memory state) {
        state = _controls[agent];
        state.controller = controllerOf(agent);
    }

    /// @inheritdoc IAgentControl
    function recoveryDelay() external pure returns (uint40 delay) {
        return RECOVERY_DELAY;
    }

    /// @inheritdoc IAgentControl
    function controllerOf(address agent) public view returns (address controller) {
        controller = _controls[agent].controller;
        if (controller == address(0)) controller = agent;
    }

    /**
     * @notice Reverts unless the caller is the agent's controller.
     * @param agent Agent acted for.
     */
    function _requireController(address agent) internal view {
        require(msg.sender == controllerOf(agent), AgentRegistryUnauthorized(agent, msg.sender));
    }

    /**
     * @notice Says whether an account is the agent's guardian.
     * @param agent The agent.
     * @param account The account.
     * @return guards Whether it is.
     */
    function _isGuardian(address agent, address account) internal view returns (bool guards) {
        return account != address(0) && account == _controls[agent].guardian;
    }

    /**
     * @notice Passes control, and drops the offer.
     * @param agent Whose control it is.
     * @param controller Who gets it.
     */
    function _setController(address agent, address controller) private {
        address previous = controllerOf(agent);
        _controls[agent].controller = controller;
        _controls[agent].candidate = address(0);

        emit ControllerChanged(agent, previous, controller);
    }

    /**
     * @notice Names a guardian, and stops what the one before had begun.
     * @param agent Whose guardian it is.
     * @param guardian Who it shall be.
     */
    function _setGuardian(address agent, address guardian) private {
        if (_controls[agent].recoverableAt != 0) _stopRecovery(agent);
        _controls[agent].guardian = guardian;

        emit GuardianSet(agent, guardian);
    }

    /**
     * @notice Stops the recovery that is under way.
     * @param agent Whose control it is about.
     */
    function _stopRecovery(address agent) private {
        address candidate = _controls[agent].recoveryCandidate;
        _controls[agent].recoveryCandidate = address(0);
        _controls[agent].recoverableAt = 0;

        emit RecoveryVetoed(agent, candidate);
    }
}
