//! What can be done in the window: closed, each with the name that `settings.toml` gives it and its first key.
//!
//! The names and keys stand here because the file is read here; what an action is called, when it can be
//! done and how is the window's.

use super::Shortcut;

macro_rules! actions {
    ($($(#[$doc:meta])* $action:ident = $name:literal $(, $keys:literal)?;)*) => {
        /// One thing that can be done in the window.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action {
            $($(#[$doc])* $action,)*
        }

        impl Action {
            /// All, in the order in which they are listed.
            pub const ALL: [Self; [$(Self::$action),*].len()] = [$(Self::$action),*];

            /// The name in `settings.toml`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$action => $name,)* }
            }

            fn first_keys(self) -> Option<&'static str> {
                match self { $(Self::$action => [$($keys)?].first().copied(),)* }
            }
        }
    };
}

actions! {
    /// Find or run anything.
    Palette = "palette", "Ctrl+K";
    /// Open the settings.
    Settings = "settings", "Ctrl+,";
    /// Send the shown draft.
    Send = "send", "Ctrl+Enter";
    /// Cancel its call.
    Cancel = "cancel", "Escape";
    /// Make its call by every way.
    Compare = "compare";
    /// Play its newest call again.
    Replay = "replay", "Ctrl+R";
    /// Undo in the shown draft.
    Undo = "undo", "Ctrl+Z";
    /// Do again what was undone.
    Redo = "redo", "Ctrl+Y";
    /// A sample for the shown draft.
    FillSample = "fill_sample";
    /// The shown draft as a grpcurl command.
    CopyGrpcurl = "copy_as_grpcurl";
    /// As a buf curl command.
    CopyBufCurl = "copy_as_buf_curl";
    /// As a curl command.
    CopyCurl = "copy_as_curl";
    /// As a command of our own.
    CopyHoplens = "copy_as_hoplens";
    /// As a program of Go.
    CopyGo = "copy_as_go";
    /// As a program of Python.
    CopyPython = "copy_as_python";
    /// As a program of Rust.
    CopyRust = "copy_as_rust";
    /// A draft of the grpcurl command in the clipboard.
    PasteGrpcurl = "paste_grpcurl";
    /// A new gRPC draft.
    NewGrpc = "new_grpc", "Ctrl+T";
    /// A new HTTP draft.
    NewHttp = "new_http";
    /// Close the shown draft.
    CloseDraft = "close_draft", "Ctrl+W";
    /// Open the draft that was closed last.
    ReopenDraft = "reopen_draft", "Ctrl+Shift+T";
    /// Show the next draft.
    NextDraft = "next_draft", "Ctrl+Tab";
    /// Show the draft before.
    PreviousDraft = "previous_draft", "Ctrl+Shift+Tab";
    /// Choose schema files.
    OpenFiles = "open_files", "Ctrl+O";
    /// Choose a folder of schemas.
    OpenFolder = "open_folder", "Ctrl+Shift+O";
    /// Go to the field that takes a path.
    PastePath = "paste_path", "Ctrl+L";
    /// Write a proto.
    NewProto = "new_proto";
    /// Stand between a client and a server.
    TapService = "tap_service";
    /// Ask a server for its schema.
    AskServer = "ask_server";
    /// Go to the filter of methods.
    FilterMethods = "filter_methods", "Ctrl+F";
    /// Read the chosen schemas again.
    Refresh = "refresh", "F5";
    /// The keyboard to the schemas.
    GoToSchemas = "go_to_schemas", "Ctrl+1";
    /// The keyboard to the request.
    GoToRequest = "go_to_request", "Ctrl+2";
    /// The keyboard to the response.
    GoToResponse = "go_to_response", "Ctrl+3";
    /// The keyboard to the diagram.
    GoToFlow = "go_to_flow", "Ctrl+4";
    /// The keyboard to the latency.
    GoToLatency = "go_to_latency", "Ctrl+5";
    /// Freeze the diagram, or let it go on.
    Freeze = "freeze";
    /// Fit the diagram to its pane.
    Fit = "fit";
    /// Everything bigger.
    ZoomIn = "zoom_in", "Ctrl+Plus";
    /// Everything smaller.
    ZoomOut = "zoom_out", "Ctrl+Minus";
    /// Everything as big as at first.
    ZoomReset = "zoom_reset", "Ctrl+0";
    /// Colours as the desktop says.
    ThemeSystem = "theme_system";
    /// Dark.
    ThemeDark = "theme_dark";
    /// Light.
    ThemeLight = "theme_light";
    /// Still all motion, or let it go on.
    ReduceMotion = "reduce_motion";
    /// Panes as they were at first.
    ResetLayout = "reset_layout";
    /// Start all demo services.
    StartDemo = "start_demo";
    /// Stop all demo services.
    StopDemo = "stop_demo";
    /// Show client and greeter alone.
    SceneHello = "scene_hello";
    /// Show them and the gateway between them.
    SceneGateway = "scene_gateway";
    /// Show the whole demo.
    SceneShop = "scene_shop";
    /// No traffic.
    TrafficOff = "traffic_off";
    /// 2 calls per second.
    TrafficLow = "traffic_2";
    /// 20 calls per second.
    TrafficMiddle = "traffic_20";
    /// 200 calls per second.
    TrafficHigh = "traffic_200";
    /// Start the gateway.
    StartGateway = "start_gateway";
    /// Stop the gateway.
    StopGateway = "stop_gateway";
    /// Take all problems off.
    DismissProblems = "dismiss_problems";
    /// Copy where the settings file is.
    CopySettingsPath = "copy_settings_path";
}

impl Action {
    /// The action of this name in `settings.toml`.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }

    /// The key that it has unless the person gave it another one.
    pub fn default_shortcut(self) -> Option<Shortcut> {
        self.first_keys()?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_actions_share_a_name_or_a_key() {
        let names: BTreeSet<_> = Action::ALL.iter().map(|action| action.name()).collect();
        assert_eq!(names.len(), Action::ALL.len());
        let mut seen = BTreeSet::new();
        for action in Action::ALL {
            let shortcut = action.default_shortcut();
            assert_eq!(shortcut.is_some(), action.first_keys().is_some(), "{action:?}");
            assert!(shortcut.is_none_or(|keys| seen.insert(keys)), "{action:?} shares its key");
            assert_eq!(Action::from_name(action.name()), Some(action));
        }
    }
}
