import { mount } from 'svelte';
import './look/tokens.css';
import './look/studio.css';
import App from './App.svelte';

mount(App, { target: document.body });
